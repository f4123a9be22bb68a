import type { LayersModel, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { type PackedFrames, VOID } from "../data/mod.ts";
import { ConfusionMatrix } from "../metrics/mod.ts";
import type { WorkOptions } from "../system/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { makeBatch } from "./batch.ts";
import { crossEntropy } from "./cross_entropy.ts";

/** Options of {@linkcode validate}. */
export interface ValidateOptions extends WorkOptions {
  /**
   * Frames in a batch.
   *
   * @default {8}
   */
  batch?: number;
}

/** What a validation came to. */
export interface ValidationResult {
  /** The mean cross-entropy over all pixels that are not void. */
  loss: number;
  matrix: ConfusionMatrix;
}

/**
 * Scores a model on packed frames at their packed size.
 *
 * @param tf The engine.
 * @param subject The model, the frames, and how many classes there are.
 */
export async function validate(
  tf: TensorFlow,
  { model, packed, classes }: { model: LayersModel; packed: PackedFrames; classes: number },
  { batch = 8, onProgress, signal }: ValidateOptions = {},
): Promise<ValidationResult> {
  const matrix = new ConfusionMatrix(classes);
  const total = packed.frames.length;
  const pixels = packed.width * packed.height;
  let lossSum = 0, count = 0;
  for (let start = 0; start < total; start += batch) {
    signal?.throwIfAborted();
    const end = Math.min(start + batch, total);
    const truth = packed.labels.subarray(start * pixels, end * pixels);
    const indices = Array.from({ length: end - start }, (_, i) => start + i);
    const { loss, predicted } = await scoreBatch(tf, { model, packed, indices });
    const valid = truth.reduce((sum, label) => sum + (label === VOID ? 0 : 1), 0);
    lossSum += loss * valid;
    count += valid;
    matrix.add(truth, predicted);
    onProgress?.({ task: "Validating", done: end, total, unit: "images" });
  }
  return { loss: lossSum / count, matrix };
}

async function scoreBatch(
  tf: TensorFlow,
  { model, packed, indices }: { model: LayersModel; packed: PackedFrames; indices: number[] },
): Promise<{ loss: number; predicted: Int32Array }> {
  const { loss, predicted } = tf.tidy(() => {
    const { images, labels } = makeBatch(tf, packed, { indices });
    const logits = model.apply(images, { training: false }) as Tensor4D;
    return { loss: crossEntropy(tf, { logits, labels }), predicted: logits.argMax<Tensor3D>(-1) };
  });
  try {
    return { loss: (await loss.data())[0]!, predicted: await predicted.data<"int32">() };
  } finally {
    loss.dispose();
    predicted.dispose();
  }
}
