import type { Tensor, Tensor1D } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "../tensorflow/mod.ts";
import type { Augmentation } from "./augmentation.ts";

/**
 * Mirrors frames left to right, each with probability 0.5.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { augment, type Batch, engine, mirror } from "../mod.ts";
 *
 * const tf = await engine();
 * const batch: Batch = {
 *   images: tf.zeros([2, 1, 3, 3]),
 *   labels: tf.tensor3d([[[1, 2, 3]], [[4, 5, 6]]], undefined, "int32"),
 * };
 * const { labels } = augment(tf, mirror(), { batch, draws_BD: tf.tensor2d([[0.1], [0.7]]) });
 * assertEquals([...labels.dataSync()], [3, 2, 1, 4, 5, 6]);
 * ```
 */
export function mirror(): Augmentation {
  return {
    draws: 1,
    apply(tf, { images, labels }, draws_BD) {
      const isMirrored_B = draws_BD.less(0.5).reshape<Tensor1D>([-1]);
      return {
        images: mirrored(tf, images, isMirrored_B),
        labels: mirrored(tf, labels, isMirrored_B),
      };
    },
  };
}

/** `[B, H, W, ...]` with some of the frames reversed along W. */
function mirrored<T extends Tensor>(tf: TensorFlow, frames: T, isMirrored_B: Tensor1D): T {
  const condition = isMirrored_B.reshape([-1, ...frames.shape.slice(1).map(() => 1)]);
  // On a GPU int32 would be reversed in the host's memory; float32 holds labels exactly.
  const reversed = frames.cast("float32").reverse(2).cast(frames.dtype) as T;
  return tf.where(condition, reversed, frames);
}
