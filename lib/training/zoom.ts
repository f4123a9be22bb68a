import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "../tensorflow/mod.ts";
import type { Augmentation } from "./augmentation.ts";

/** Options of {@linkcode zoom}. */
export interface ZoomOptions {
  /**
   * The weakest magnification, 1 or more.
   *
   * @default {1}
   */
  least?: number;
  /**
   * The strongest magnification.
   *
   * @default {2}
   */
  most?: number;
}

/** Keeps rounding from reaching beyond the last row; a share of the image's height or width. */
const MARGIN = 1e-6;

/**
 * Magnifies a random part of each frame to the size of the whole: images bilinearly, labels by the
 * nearest pixel, so that no label is blended. Both are sampled at the same points, the first and
 * the last of which are centres of pixels at the edges of the part; at magnification 1 every point
 * is the centre of a pixel, and nothing changes.
 *
 * @param options How much frames are magnified: uniformly from `least` to `most`.
 * @throws {RangeError} unless 1 <= least <= most.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { augment, engine, zoom } from "../mod.ts";
 *
 * const tf = await engine();
 * const batch = {
 *   images: tf.tensor4d([0, 0, 0, 0.3, 0.3, 0.3, 0.6, 0.6, 0.6, 0.9, 0.9, 0.9], [1, 1, 4, 3]),
 *   labels: tf.tensor3d([[[7, 8, 9, 10]]], undefined, "int32"),
 * };
 * const thrice = zoom({ least: 3, most: 3 });
 * const zoomed = augment(tf, thrice, { batch, draws_BD: tf.zeros([1, thrice.draws]) });
 * const [red] = tf.unstack(zoomed.images, -1);
 * assertEquals([...red!.dataSync()].map((x) => x.toFixed(1)), ["0.0", "0.1", "0.2", "0.3"]);
 * assertEquals([...zoomed.labels.dataSync()], [7, 7, 8, 8]);
 * ```
 */
export function zoom({ least = 1, most = 2 }: ZoomOptions = {}): Augmentation {
  if (!(1 <= least && least <= most && most < Infinity)) {
    throw new RangeError(`Cannot zoom: expected 1 <= least <= most, got ${least} and ${most}`);
  }
  return {
    draws: 3,
    apply(tf, { images, labels }, draws_BD) {
      const [magnification, top, left] = tf.split(draws_BD, 3, 1) as Tensor2D[];
      const side = tf.div(1, magnification!.mul(most - least).add(least));
      const room = tf.sub(1 - MARGIN, side).relu();
      const [y, x] = [top!.mul(room), left!.mul(room)];
      const boxes = tf.concat([y, x, y.add(side), x.add(side)], 1) as Tensor2D;
      const labels_BHW1 = labels.expandDims<Tensor4D>(-1);
      return {
        images: crop(tf, images, { boxes, method: "bilinear" }),
        labels: crop(tf, labels_BHW1, { boxes, method: "nearest" })
          .squeeze<Tensor3D>([-1]).cast<Tensor3D>("int32"),
      };
    },
  };
}

/**
 * Cuts a box from each frame and resizes it to the frames' size.
 *
 * @param boxes `[B, 4]`, float32: top, left, bottom and right, where 0 is the centre of the first row
 *   or column and 1 that of the last.
 * @returns float32.
 */
function crop(
  tf: TensorFlow,
  frames_BHWC: Tensor4D,
  { boxes, method }: { boxes: Tensor2D; method: "bilinear" | "nearest" },
): Tensor4D {
  const [count, height, width] = frames_BHWC.shape;
  const each = tf.range(0, count, 1, "int32");
  const size: [number, number] = [height, width];
  return tf.image.cropAndResize(frames_BHWC, boxes, each, size, method);
}
