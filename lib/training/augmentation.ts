import type { Tensor, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "../tensorflow/mod.ts";
import type { Batch } from "./batch.ts";
import { tensorForm } from "./tensor_form.ts";

/**
 * A random change of images and their labels together, made of ops of tfjs, so that it is compiled
 * into the training step.
 */
export interface Augmentation {
  /** How many random numbers each frame needs. */
  readonly draws: number;
  /**
   * Changes a batch. It runs inside `tf.tidy` and must not read tensors' values; all that is random
   * comes from `draws_BD`.
   *
   * @param tf The engine.
   * @param batch Images `[B, H, W, 3]`, float32 in 0..1, and train ids `[B, H, W]`, int32, with void.
   * @param draws_BD Uniform random numbers, float32, 0 <= x < 1: D = `draws` for each frame.
   * @returns The same shapes, data types and ranges; if nothing, the batch stays as it is.
   */
  apply(tf: TensorFlow, batch: Batch, draws_BD: Tensor2D): AugmentedBatch | void;
}

/** A {@linkcode Batch} whose ranks the compiler need not know; {@linkcode augment} checks them. */
export type AugmentedBatch = { images: Tensor; labels: Tensor };

/** A batch, and the random numbers that it is to be changed by. */
export interface BatchAndDraws {
  /** Images `[B, H, W, 3]` and labels `[B, H, W]`. */
  batch: Batch;
  /** `[B, D]`, float32, 0 <= x < 1. */
  draws_BD: Tensor2D;
}

/**
 * Applies an augmentation and checks what it gives. It can be compiled.
 *
 * @param tf The engine.
 * @param augmentation What changes the batch.
 * @param input The batch and the random numbers, which stay the caller's.
 * @returns The changed batch, which the caller owns.
 * @throws {TypeError} if it has other shapes or data types than the batch.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Augmentation, augment, type Batch, engine } from "../mod.ts";
 *
 * const tf = await engine();
 * const upsideDown: Augmentation = {
 *   draws: 0,
 *   apply: (_tf, { images, labels }) => ({ images: images.reverse(1), labels: labels.reverse(1) }),
 * };
 * const batch: Batch = {
 *   images: tf.tensor4d([0, 0, 0, 1, 1, 1], [1, 2, 1, 3]),
 *   labels: tf.tensor3d([7, 8], [1, 2, 1], "int32"),
 * };
 * const { images, labels } = augment(tf, upsideDown, { batch, draws_BD: tf.zeros([1, 0]) });
 * assertEquals([...images.dataSync()], [1, 1, 1, 0, 0, 0]);
 * assertEquals([...labels.dataSync()], [8, 7]);
 * ```
 */
export function augment(
  tf: TensorFlow,
  augmentation: Augmentation,
  { batch, draws_BD }: BatchAndDraws,
): Batch {
  return tf.tidy(() => {
    const { images, labels } = augmentation.apply(tf, batch, draws_BD) ?? batch;
    check("images", images, batch.images);
    check("labels", labels, batch.labels);
    // An augmentation may give what it was given, which is not the caller's twice.
    return { images: images.clone(), labels: labels.clone() } as Batch;
  });
}

function check(name: string, got: Tensor | undefined, expected: Tensor): void {
  const [gotForm, expectedForm] = [got, expected].map(tensorForm);
  if (gotForm === expectedForm) return;
  throw new TypeError(
    `Cannot augment: expected ${name} ${expectedForm} from the augmentation, got ${gotForm}`,
  );
}
