import type { Scalar, Tensor } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "../tensorflow/mod.ts";
import type { LogitsAndLabels } from "./cross_entropy.ts";
import { tensorForm } from "./tensor_form.ts";

/**
 * What a training makes small: from logits `[B, H, W, K]`, float32, and train ids `[B, H, W]`, int32,
 * with void, to a scalar, float32. It must be differentiable with respect to the logits, runs inside
 * `tf.tidy`, and must not read tensors' values.
 */
export type Loss = (tf: TensorFlow, batch: LogitsAndLabels) => Tensor;

const SCALAR = "float32 []";

/**
 * Computes a loss and checks that it is one.
 *
 * @param tf The engine.
 * @returns The loss, which the caller owns.
 * @throws {TypeError} if it is no scalar of float32.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { computeLoss, crossEntropy, engine, type LogitsAndLabels, type Loss } from "../mod.ts";
 *
 * const tf = await engine();
 * const calmed: Loss = (tf, batch) =>
 *   crossEntropy(tf, batch).add(batch.logits.square().mean().mul(0.01));
 * const batch: LogitsAndLabels = {
 *   logits: tf.ones([1, 2, 2, 3]),
 *   labels: tf.zeros([1, 2, 2], "int32"),
 * };
 * const [value] = computeLoss(tf, calmed, batch).dataSync();
 * assertAlmostEquals(value!, Math.log(3) + 0.01, 1e-6);
 * ```
 */
export function computeLoss(tf: TensorFlow, loss: Loss, batch: LogitsAndLabels): Scalar {
  return tf.tidy(() => {
    const value = loss(tf, batch);
    const form = tensorForm(value);
    if (form === SCALAR) return value as Scalar;
    throw new TypeError(`Cannot compute the loss: expected a scalar, ${SCALAR}, got ${form}`);
  });
}
