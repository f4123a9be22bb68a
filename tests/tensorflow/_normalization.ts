import type { TensorFlow } from "../../lib/mod.ts";

/** The shape of images, `[B, H, W, C]`. */
export type Shape = [number, number, number, number];

/** What a batch normalization `[N, C]` takes, drawn numbers. */
export interface DrawnBatch {
  channels: number;
  images: Float32Array;
  gradient: Float32Array;
  gamma: Float32Array;
  beta: Float32Array;
  movingMean: Float32Array;
  movingVariance: Float32Array;
}

/** Images far from zero, so that squares of what is not centred would lose digits. */
export function draw(tf: TensorFlow, shape: Shape): DrawnBatch {
  const channels = shape[3];
  const drawn = (shape: number[], mean: number, seed: number) =>
    tf.randomNormal(shape, mean, 0.5, "float32", seed).dataSync<"float32">();
  const [gamma, beta, movingMean, movingVariance] = [3, 4, 5, 6]
    .map((seed) => drawn([channels], seed === 4 ? 0 : 2, seed)) as [
      Float32Array,
      Float32Array,
      ...Float32Array[],
    ];
  const [images, gradient] = [drawn(shape, 30, 1), drawn(shape, 0, 2)];
  return {
    ...{ channels, images, gradient, gamma, beta },
    movingMean: movingMean!,
    movingVariance: movingVariance!,
  };
}

/**
 * What TensorFlow's ops `FusedBatchNormV3` and `FusedBatchNormGradV3` give in training by their
 * definition (Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167), in float64.
 *
 * @param options.share The share of the batch in the moving averages.
 * @param options.relu Whether the result is a ReLU of what is normalized.
 * @returns The result, the moving averages, the batch's mean and variance; the gradients with respect
 *   to images, gamma and beta.
 */
export function inFloat64(
  batch: DrawnBatch,
  { epsilon, share, relu = false }: { epsilon: number; share: number; relu?: boolean },
): number[][] {
  const { channels, images, gamma, beta } = batch;
  const pixels = images.length / channels;
  const channelsOf = (of: (channel: number) => number) =>
    Array.from({ length: channels }, (_, channel) => of(channel));
  const meanOf = (of: (i: number) => number) =>
    channelsOf((channel) => {
      let sum = 0;
      for (let i = channel; i < images.length; i += channels) sum += of(i);
      return sum / pixels;
    });
  const imagesOf = (of: (i: number, channel: number) => number) =>
    Array.from(images, (_, i) => of(i, i % channels));
  const moved = (old: Float32Array, values: number[]) =>
    values.map((value, channel) => old[channel]! + share * (value - old[channel]!));

  const mean = meanOf((i) => images[i]!);
  const variance = meanOf((i) => (images[i]! - mean[i % channels]!) ** 2);
  const deviation = variance.map((value) => Math.sqrt(value + epsilon));
  const centred = imagesOf((i, channel) => (images[i]! - mean[channel]!) / deviation[channel]!);
  const unbiased = variance.map((value) => value * pixels / Math.max(1, pixels - 1));
  const normalized = imagesOf((i, channel) => centred[i]! * gamma[channel]! + beta[channel]!);
  const through = (value: number, i: number) => relu && normalized[i]! <= 0 ? 0 : value;
  const gradient = Array.from(batch.gradient, through);
  const gradientMean = meanOf((i) => gradient[i]!);
  const productMean = meanOf((i) => gradient[i]! * centred[i]!);
  return [
    normalized.map(through),
    moved(batch.movingMean, mean),
    moved(batch.movingVariance, unbiased),
    mean,
    variance,
    imagesOf((i, channel) =>
      (gradient[i]! - gradientMean[channel]! - centred[i]! * productMean[channel]!) *
      gamma[channel]! / deviation[channel]!
    ),
    productMean.map((value) => value * pixels),
    gradientMean.map((value) => value * pixels),
  ];
}
