import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { Augmentation } from "./augmentation.ts";

/** Options of {@linkcode recolor}: by what share each can change at most, up or down, 0..1. */
export interface RecolorOptions {
  /**
   * Of the values of all pixels.
   *
   * @default {0.3}
   */
  brightness?: number;
  /**
   * Of the pixels' distances from the image's mean grey.
   *
   * @default {0.3}
   */
  contrast?: number;
  /**
   * Of the pixels' distances from their own grey.
   *
   * @default {0.3}
   */
  saturation?: number;
}

/** The grey of red, green and blue (ITU-R BT.601), as torchvision's ColorJitter has it. */
const GREY = [0.299, 0.587, 0.114];

/**
 * Changes the brightness, then the contrast, then the saturation of each image, and clips it to
 * 0..1. Labels stay as they are.
 *
 * @param options How much.
 * @throws {RangeError} if one is not in 0..1.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { augment, type Batch, engine, recolor } from "../mod.ts";
 *
 * const tf = await engine();
 * const batch: Batch = {
 *   images: tf.fill([1, 1, 1, 3], 0.5),
 *   labels: tf.zeros([1, 1, 1], "int32"),
 * };
 * const draws_BD = tf.tensor2d([[0, 0.5, 0.5]]); // As dark as can be, all else as it was.
 * const { images } = augment(tf, recolor({ brightness: 0.2 }), { batch, draws_BD });
 * assertAlmostEquals(images.dataSync()[0]!, 0.8 * 0.5, 1e-6);
 * ```
 */
export function recolor(options: RecolorOptions = {}): Augmentation {
  const { brightness = 0.3, contrast = 0.3, saturation = 0.3 } = options;
  const amounts = { brightness, contrast, saturation };
  for (const [name, amount] of Object.entries(amounts)) {
    if (amount >= 0 && amount <= 1) continue;
    throw new RangeError(`Cannot recolor: expected ${name} in 0..1, got ${amount}`);
  }
  return {
    draws: 3,
    apply(tf, { images, labels }, draws_BD) {
      const factors = draws_BD.mul(2).sub(1).mul(Object.values(amounts)).add(1);
      const [byBrightness, byContrast, bySaturation] = tf.split(factors as Tensor2D, 3, 1)
        .map((factor) => factor.reshape([-1, 1, 1, 1]));
      const greyOf = (image: Tensor4D) => image.mul(GREY).sum(-1, true);
      const bright = images.mul<Tensor4D>(byBrightness!);
      const mean = greyOf(bright).mean([1, 2], true);
      const contrasted = bright.sub(mean).mul(byContrast!).add<Tensor4D>(mean);
      const grey = greyOf(contrasted);
      const result = contrasted.sub(grey).mul(bySaturation!).add(grey);
      return { images: result.clipByValue(0, 1) as Tensor4D, labels };
    },
  };
}
