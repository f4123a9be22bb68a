import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { Sample } from "../data/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { augment, type Augmentation } from "../training/mod.ts";

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
  const { images, labels } = tf.tidy(() => {
    const image = tf.tensor4d(pixels, [1, height, width, 3], "int32").tile<Tensor4D>([
      count,
      1,
      1,
      1,
    ]);
    const labels = tf.tensor3d(sample.labels, [1, height, width], "int32")
      .tile<Tensor3D>([count, 1, 1]);
    const batch = { images: image.cast<Tensor4D>("float32").div<Tensor4D>(255), labels };
    const draws = tf.randomUniform([count, augmentation.draws], 0, 1, "float32", seed) as Tensor2D;
    const changed = augment(tf, augmentation, { batch, draws_BD: draws });
    return { images: changed.images.mul(255).round(), labels: changed.labels.clone() };
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
