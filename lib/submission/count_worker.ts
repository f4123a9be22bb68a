// A thread of countPredictions(): reads and counts frames.

import type { LabelSpace } from "../data/mod.ts";
import { BenchmarkCounts, type CountedFrames } from "../metrics/mod.ts";
import { answerQuestions } from "../system/mod.ts";
import type { PredictedFrame } from "./check_predictions.ts";
import { countPrediction } from "./count_prediction.ts";

/** What the worker is given. */
export interface FrameToCount {
  frame: PredictedFrame;
  space: LabelSpace;
}

answerQuestions(async ({ frame, space }: FrameToCount): Promise<CountedFrames> => {
  const counts = new BenchmarkCounts(space);
  await countPrediction(counts, frame);
  return counts.counted();
});
