import { decodeLabels, trainIdsOf } from "../data/mod.ts";
import { type BenchmarkCounts, countFrame, labelIdsOf } from "../metrics/mod.ts";
import type { PredictedFrame } from "./check_predictions.ts";

/**
 * Adds a frame and its predicted label image to the counts.
 *
 * @throws {Error} if a file is broken or has an unknown label id; the message names it.
 */
export async function countPrediction(
  counts: BenchmarkCounts,
  frame: PredictedFrame,
): Promise<void> {
  const { prediction } = frame;
  const { space } = counts;
  const image = await decodeLabels(prediction);
  try {
    await countFrame(counts, frame, () => Promise.resolve(labelIdsOf(image, space, prediction)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    trainIdsOf(image, space, prediction); // Names the pixel.
    throw new Error(`Cannot score ${prediction}: ${error.message}`, { cause: error });
  }
}
