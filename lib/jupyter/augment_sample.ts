import type { Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { Sample } from "../data/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { augment, type Augmentation, packBatch, unpackBatch } from "../training/mod.ts";

/**
 * What an augmentation makes of a sample.
 *
 * @param tf The engine.
 * @param augmentation The augmentation; if it returns nothing, the sample stays as it is.
 * @param sample The sample.
 * @param options How many to make (3 by default), and the seed of the random numbers.
 */
export async function augmentSample(
  tf: TensorFlow,
  augmentation: Augmentation,
  sample: Sample,
  { count = 3, seed = 1 }: { count?: number; seed?: number } = {},
): Promise<Sample[]> {
  const { width, height, pixels } = sample.image;
  const packed = { frames: [], width, height, images: pixels, labels: sample.labels };
  const { images, labels } = tf.tidy(() => {
    const batch = unpackBatch(tf, packBatch(tf, packed, Array(count).fill(0)));
    const draws = tf.randomUniform([count, augmentation.draws], 0, 1, "float32", seed) as Tensor2D;
    const changed = augment(tf, augmentation, { batch, draws_BD: draws });
    return { images: changed.images.mul(255).round(), labels: changed.labels };
  });
  const [values, ids] = [await images.data(), await labels.data()];
  tf.dispose([images, labels]);
  const size = width * height;
  return Array.from({ length: count }, (_, i) =>
    new Sample({
      ...sample,
      id: `${sample.id}, changed`,
      image: {
        width,
        height,
        pixels: Uint8Array.from(values.slice(i * size * 3, (i + 1) * size * 3)),
      },
      labels: Uint8Array.from(ids.slice(i * size, (i + 1) * size)),
    }));
}
