// A thread of packInto(): decodes frames.

import { answerItems } from "../system/mod.ts";
import { type FrameToPack, type PackedFrame, packFrame } from "./pack_frame.ts";

answerItems<FrameToPack, PackedFrame>(packFrame);
