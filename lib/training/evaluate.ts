import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import { type Dataset, imageOf, type PackedFrames, toLabelIds } from "../data/mod.ts";
import { BenchmarkCounts, countFrame } from "../metrics/mod.ts";
import type { WorkOptions } from "../system/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { Predictor } from "./predict.ts";

/**
 * Scores a model on whole frames at the size of their labels: each image goes through the model at
 * the packed size, in float32 whatever it was trained in, and the logits are resized.
 *
 * @param tf The engine.
 * @param subject The model, the dataset, and the packed frames.
 * @returns Counts over all frames, of instances too if all frames have instance ids.
 * @throws {Error} naming the labels that are broken or have an unknown label id.
 */
export async function evaluate(
  tf: TensorFlow,
  subject: { model: LayersModel; dataset: Dataset; packed: PackedFrames },
  { onProgress, signal }: WorkOptions = {},
): Promise<BenchmarkCounts> {
  const { model, dataset, packed } = subject;
  const { frames } = packed;
  using predictor = new Predictor(tf, model);
  const { space } = dataset;
  const counts = new BenchmarkCounts(space);
  for (const [index, frame] of frames.entries()) {
    signal?.throwIfAborted();
    const shape = [1, packed.height, packed.width] as const;
    const pixels = imageOf(packed, index);
    await countFrame(counts, frame, async (size) => {
      return toLabelIds(await predictor.trainIds({ pixels, shape }, { size }), space);
    });
    onProgress?.({ task: "Evaluating", done: index + 1, total: frames.length, unit: "images" });
  }
  return counts;
}
