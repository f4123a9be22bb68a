// A thread of packInto(): decodes frames.

import { answerQuestions } from "../system/mod.ts";
import { type FrameToPack, type PackedFrame, packFrame } from "./pack_frame.ts";

answerQuestions<FrameToPack, PackedFrame>(packFrame);
