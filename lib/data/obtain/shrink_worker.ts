// A thread of shrinkImages(): makes images smaller.

import { answerQuestions } from "../../system/mod.ts";
import { type ImageToShrink, shrinkImage } from "./shrink_image.ts";

answerQuestions<ImageToShrink, Uint8Array>(shrinkImage);
