import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import { type Dataset, decodeLabels, imageOf, type PackedFrames, trainIdsOf } from "../data/mod.ts";
import { ConfusionMatrix } from "../metrics/mod.ts";
import type { WorkOptions } from "../system/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { Predictor } from "./predict.ts";

/**
 * Scores a model on whole frames at the size of their labels: each image goes through the model at
 * the packed size, the logits are resized.
 *
 * @param tf The engine.
 * @param subject The model, the dataset, and the packed frames.
 * @returns The confusion matrix over all frames.
 */
export async function evaluate(
  tf: TensorFlow,
  subject: { model: LayersModel; dataset: Dataset; packed: PackedFrames },
  { onProgress, signal }: WorkOptions = {},
): Promise<ConfusionMatrix> {
  const { model, dataset, packed } = subject;
  const { frames } = packed;
  using predictor = new Predictor(tf, model);
  const matrix = new ConfusionMatrix(dataset.space.classes.length);
  for (const [index, frame] of frames.entries()) {
    signal?.throwIfAborted();
    const labels = await decodeLabels(frame.labels!);
    const shape = [1, packed.height, packed.width] as const;
    const pixels = imageOf(packed, index);
    const predicted = await predictor.trainIds({ pixels, shape }, { size: labels });
    matrix.add(trainIdsOf(labels, dataset.space, frame.labels!), predicted);
    onProgress?.({ task: "Evaluating", done: index + 1, total: frames.length, unit: "images" });
  }
  return matrix;
}
