import { R8, R9, RDX } from "./assembler.ts";
import { NormalizationFrame, type NormalizationShape, SAMPLES } from "./normalization_frame.ts";
import {
  ABOUT,
  BETA_GRADIENT,
  GAMMA_GRADIENT,
  GRADIENT,
  MEAN,
  MOVING_MEAN,
  MOVING_VARIANCE,
  PRODUCT,
  SCALE,
  SHIFT,
  VARIANCE,
} from "./normalization_rows.ts";
import type { VectorIsa } from "./vector_assembler.ts";

/** What of a batch normalization is computed. */
export type NormalizationWork = keyof typeof CODE;

const CODE = {
  sums,
  normalize,
  normalizeAgain,
  scales,
  statistics,
  gradientSums,
  gradient,
  weightGradients,
  columnSums,
};

/** Makes the code of some work, which is called with the tensors that its function below names. */
export function normalizationCode(
  work: NormalizationWork,
  shape: NormalizationShape,
  isa: VectorIsa,
): Uint8Array<ArrayBuffer> {
  return CODE[work](new NormalizationFrame(shape, isa));
}

/** Of images and sums: a part's sums. */
function sums(frame: NormalizationFrame): Uint8Array<ArrayBuffer> {
  const asm = frame.asm;
  return frame.eachGroup((group) => {
    const [about, sum, squares] = frame.takeEach(group, 3) as [number[], number[], number[]];
    const [number] = frame.takeOne(1);
    frame.load(RDX, 0);
    const { pixels } = frame.shape, samples = Math.min(SAMPLES, pixels);
    group.forEach((offset, v) => {
      const place = frame.image(RDX, offset);
      asm.zero(about[v]!);
      for (let i = 0; i < samples; i++) {
        const pixel = Math.floor(pixels * (i + 0.5) / samples) * frame.pixelBytes;
        frame.loadImage(number!, { ...place, offset: place.offset! + pixel });
        asm.vaddps(about[v]!, about[v]!, number!);
      }
      frame.constant(number!, "perSample");
      asm.vmulps(about[v]!, about[v]!, number!);
    });
    frame.load(R9, 1);
    group.forEach((offset, v) => asm.vmovupsStore(frame.row(R9, ABOUT, offset), about[v]!));
    frame.sumPixels(group, { sums: [sum, squares], tensors: 1, result: R9 }, (v, [image]) => {
      frame.loadImage(number!, image!);
      asm.vsubps(number!, number!, about[v]!);
      asm.vaddps(sum[v]!, sum[v]!, number!);
      asm.vfmadd231ps(squares[v]!, number!, number!);
    });
  });
}

/** Of images, the weights, the parts' sums and the result: a part of the result. */
function normalize(frame: NormalizationFrame): Uint8Array<ArrayBuffer> {
  const { parts } = frame.shape;
  return frame.eachGroup((group) => {
    const [mean, variance, shift] = frame.takeEach(group, 3) as [number[], number[], number[]];
    const [number, image, zero] = frame.takeOne(3) as [number, number, number];
    group.forEach((offset, v) => {
      frame.meanAndVariance(mean[v]!, variance[v]!, { first: 3, offset });
      frame.scaleAndShift(offset, {
        mean: mean[v]!,
        scale: variance[v]!,
        shift: shift[v]!,
        gamma: 1,
      });
    });
    const result = 3 + parts;
    normalizePixels(frame, group, {
      scale: variance,
      shift,
      number,
      image,
      zero,
      result,
    });
  });
}

/** The same of images, the weights, mean and variance, and the result. */
function normalizeAgain(frame: NormalizationFrame): Uint8Array<ArrayBuffer> {
  return frame.eachGroup((group) => {
    const [mean, scale, shift] = frame.takeEach(group, 3) as [number[], number[], number[]];
    const [number, image, zero] = frame.takeOne(3) as [number, number, number];
    group.forEach((offset, v) =>
      frame.known(offset, {
        mean: mean[v]!,
        scale: scale[v]!,
        shift: shift[v]!,
        gamma: 1,
      })
    );
    normalizePixels(frame, group, { scale, shift, number, image, zero, result: 5 });
  });
}

/** Of the weights, mean and variance, and the result: what {@linkcode normalizeAgain} computes with. */
function scales(frame: NormalizationFrame): Uint8Array<ArrayBuffer> {
  const asm = frame.asm;
  return frame.eachGroup((group) => {
    const [mean, scale, shift] = frame.takeOne(3) as [number, number, number];
    for (const offset of group) {
      frame.known(offset, { mean, scale, shift, gamma: 0 });
      frame.load(R9, 4);
      asm.vmovupsStore(frame.row(R9, SCALE, offset), scale);
      asm.vmovupsStore(frame.row(R9, SHIFT, offset), shift);
    }
  });
}

/** Of the moving averages, the parts' sums and the result: the statistics. */
function statistics(frame: NormalizationFrame): Uint8Array<ArrayBuffer> {
  const asm = frame.asm;
  return frame.eachGroup((group) => {
    const [mean, variance, moved, share] = frame.takeOne(4) as [number, number, number, number];
    for (const offset of group) {
      frame.meanAndVariance(mean, variance, { first: 2, offset });
      frame.load(R9, 2 + frame.shape.parts);
      asm.vmovupsStore(frame.row(R9, MEAN, offset), mean);
      asm.vmovupsStore(frame.row(R9, VARIANCE, offset), variance);
      frame.constant(share, "unbiased");
      asm.vmulps(variance, variance, share);
      frame.constant(share, "share");
      for (const [row, value] of [[MOVING_MEAN, mean], [MOVING_VARIANCE, variance]] as const) {
        if (!frame.shape.averages) {
          asm.vmovupsStore(frame.row(R9, row, offset), value);
          continue;
        }
        frame.load(R8, row);
        asm.vmovups(moved, { base: R8, offset });
        asm.vsubps(value, value, moved);
        asm.vfmadd231ps(moved, share, value);
        asm.vmovupsStore(frame.row(R9, row, offset), moved);
      }
    }
  });
}

/** Of the gradient, images, the weights, mean and variance, and the result: a part's sums. */
function gradientSums(frame: NormalizationFrame): Uint8Array<ArrayBuffer> {
  const asm = frame.asm, { relu } = frame.shape;
  return frame.eachGroup((group) => {
    const [mean, scale, shift, sum, products] = frame.takeEach(group, 5);
    const [number, other, zero] = frame.takeOne(3) as [number, number, number];
    group.forEach((offset, v) => {
      const [of, into] = [mean![v]!, { scale: scale![v]!, shift: shift![v]! }];
      frame.known(offset, { mean: of, ...into, gamma: 2 });
    });
    frame.load(R9, 6);
    if (relu) asm.zero(zero);
    frame.sumPixels(group, { sums: [sum!, products!], tensors: 2, result: R9 }, (
      v,
      [gradient, image],
    ) => {
      frame.loadImage(number, gradient!);
      frame.loadImage(other, image!);
      frame.throughRelu(number, other, { scale: scale![v]!, shift: shift![v]!, zero });
      asm.vaddps(sum![v]!, sum![v]!, number);
      asm.vsubps(other, other, mean![v]!);
      asm.vfmadd231ps(products![v]!, number, other);
    });
  });
}

/** Of the gradient, images, the weights, mean and variance, the parts' sums, the result: a part. */
function gradient(frame: NormalizationFrame): Uint8Array<ArrayBuffer> {
  const asm = frame.asm, { parts, relu } = frame.shape;
  return frame.eachGroup((group) => {
    const [scale, shift, slope, base] = frame.takeEach(group, 4);
    const [mean, number, other, zero] = frame.takeOne(4) as [number, number, number, number];
    group.forEach((offset, v) => {
      const to = { scale: scale![v]!, shift: shift![v]!, slope: slope![v]!, base: base![v]! };
      frame.known(offset, { ...to, mean, inverse: to.slope, gamma: 2 });
      // slope = -scale / variance * mean of the products, base = -scale * mean of the gradient
      // - slope * mean
      frame.constant(number, "perPixel");
      asm.vmulps(to.slope, to.slope, to.slope);
      frame.sumOfParts(other, { first: 6, row: PRODUCT, offset });
      asm.vmulps(other, other, number);
      asm.vmulps(to.slope, to.slope, other);
      asm.vmulps(to.slope, to.slope, to.scale);
      asm.zero(zero);
      asm.vsubps(to.slope, zero, to.slope);
      frame.sumOfParts(other, { first: 6, row: GRADIENT, offset });
      asm.vmulps(other, other, number);
      asm.vmulps(other, other, to.scale);
      asm.vsubps(to.base, zero, other);
      asm.vfnmadd231ps(to.base, to.slope, mean);
    });
    if (relu) asm.zero(zero);
    frame.eachPixel(
      [0, 1, 6 + parts],
      ([gradient, image, result]) =>
        group.forEach((offset, v) => {
          frame.loadImage(number, frame.image(gradient!, offset));
          frame.loadImage(other, frame.image(image!, offset));
          frame.throughRelu(number, other, { scale: scale![v]!, shift: shift![v]!, zero });
          asm.vmovups(mean, base![v]!);
          asm.vfmadd231ps(mean, scale![v]!, number);
          asm.vfmadd231ps(mean, slope![v]!, other);
          frame.storeImage(frame.image(result!, offset), mean);
        }),
    );
  });
}

/** Of the variance, the parts' sums and the result: the gradients of the weights. */
function weightGradients(frame: NormalizationFrame): Uint8Array<ArrayBuffer> {
  const asm = frame.asm, { parts } = frame.shape;
  return frame.eachGroup((group) => {
    const [sum, inverse] = frame.takeOne(2) as [number, number];
    for (const offset of group) {
      frame.load(R8, 0);
      frame.inverseDeviation(inverse, { base: R8, offset });
      frame.sumOfParts(sum, { first: 1, row: PRODUCT, offset });
      asm.vmulps(inverse, inverse, sum);
      frame.sumOfParts(sum, { first: 1, row: GRADIENT, offset });
      frame.load(R9, 1 + parts);
      asm.vmovupsStore(frame.row(R9, GAMMA_GRADIENT, offset), inverse);
      asm.vmovupsStore(frame.row(R9, BETA_GRADIENT, offset), sum);
    }
  });
}

/** Of images: a part's sums, and nothing else. */
function columnSums(frame: NormalizationFrame): Uint8Array<ArrayBuffer> {
  const asm = frame.asm;
  return frame.eachGroup((group) => {
    const [sum] = frame.takeEach(group, 1) as [number[]];
    const [number] = frame.takeOne(1) as [number];
    frame.load(R9, 1);
    frame.sumPixels(group, { sums: [sum], tensors: 1, result: R9 }, (v, [image]) => {
      frame.loadImage(number, image!);
      asm.vaddps(sum[v]!, sum[v]!, number);
    });
  });
}

/** Writes what is normalized of each pixel, from the first tensor. */
function normalizePixels(
  frame: NormalizationFrame,
  group: number[],
  of: {
    scale: number[];
    shift: number[];
    number: number;
    image: number;
    zero: number;
    result: number;
  },
): void {
  const asm = frame.asm, { relu } = frame.shape;
  if (relu) asm.zero(of.zero);
  frame.eachPixel([0, of.result], ([image, result]) =>
    group.forEach((offset, v) => {
      frame.loadImage(of.image, frame.image(image!, offset));
      asm.vmovups(of.number, of.shift[v]!);
      asm.vfmadd231ps(of.number, of.scale[v]!, of.image);
      // What is not a number stays so.
      if (relu) asm.vmaxps(of.number, of.zero, of.number);
      frame.storeImage(frame.image(result!, offset), of.number);
    }));
}
