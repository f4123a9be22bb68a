import { hasChannelsLast } from "./convolution_settings.ts";
import { DataType } from "./data_type.ts";
import {
  BETA_GRADIENT,
  CHANNELS,
  type CodeUse,
  FLOAT_BYTES,
  GAMMA_GRADIENT,
  GRADIENT_ROWS,
  MEAN,
  MOST_BYTES,
  MOST_CHANNELS,
  MOVING_MEAN,
  MOVING_VARIANCE,
  type NormalizationOptions,
  type NormalizationWork,
  SCALE_ROWS,
  STATISTIC_ROWS,
  SUM_ROWS,
  VARIANCE,
} from "./machine_code/mod.ts";
import { OpBuilder } from "./op_builder.ts";
import { attributeValue, type OpAttribute } from "./op_attributes.ts";
import type { OpRunner } from "./op_runner.ts";

/** Nothing is normalized. */
const NO_OPTIONS: NormalizationOptions = { epsilon: 0, share: 1 };
/** A task that is worth its start goes through so many numbers. */
const PART_SIZE = 1 << 14;

/** How many pixels and channels images have, and among how many tasks the pixels are divided. */
function divided(
  shape: number[],
  { threads }: CodeUse,
): { pixels: number; channels: number; parts: number } {
  const channels = shape.at(-1)!, pixels = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const worthwhile = Math.ceil(pixels * channels / PART_SIZE);
  return { pixels, channels, parts: Math.min(threads, worthwhile, pixels) };
}

/** Whether there is code for images of a shape. */
function isPossible(shape: number[]): boolean {
  const numbers = shape.reduce((product, size) => product * size, 1);
  return shape.length === 4 && shape[3]! % CHANNELS === 0 && shape[3]! <= MOST_CHANNELS &&
    numbers > 0 && numbers * FLOAT_BYTES < MOST_BYTES;
}

/**
 * Sums images `[B, H, W, C]` in bfloat16 over their pixels, in float32.
 *
 * @returns The sums `[C]`; `undefined` where there is no code for that.
 */
export function sumOfPixels<T>(runner: OpRunner<T>, code: CodeUse, images: T): T | undefined {
  const shape = runner.shapeOf(images);
  const isRounded = runner.dtypeOf(images) === DataType.BFLOAT16;
  if (!code.hasBfloat16 || !isRounded || !isPossible(shape)) return undefined;
  const size = { ...divided(shape, code), rounded: true, relu: false, averages: false };
  const build = new OpBuilder(runner);
  const sums = code.normalization("columnSums", size, NO_OPTIONS).addresses.map((task) =>
    build.machineCode(task, [images], build.empty([size.channels], [images]))
  );
  return build.sum(sums);
}

/** What a batch normalization gives in training, in the order of TensorFlow's results. */
interface NormalizedBatch<T> {
  /** Makes the result, once something else is there. */
  normalized(options?: { relu?: boolean; after?: T[] }): T;
  /** The moving averages, moved. */
  movingMean: T;
  movingVariance: T;
  /** Those of the batch; the variance is divided by n. */
  mean: T;
  variance: T;
}

/** What is normalized by what. */
export interface NormalizationInputs<T> {
  /** `[B, H, W, C]` */
  images: T;
  /** What normalized images are multiplied by, and what is added then, `[C]`. */
  gamma: T;
  beta: T;
}

/**
 * Batch normalization by machine code, with the ReLU that may follow, and the gradients of
 * both. Nothing is kept for the way back but the images, their mean and their variance.
 */
export class Normalization<T> {
  readonly #code: CodeUse;
  readonly #build: OpBuilder<T>;
  readonly #shape: number[];
  readonly #size: { pixels: number; channels: number; parts: number; rounded: boolean };
  readonly #options: NormalizationOptions;

  private constructor(
    runner: OpRunner<T>,
    code: CodeUse,
    shape: number[],
    { rounded, ...options }: NormalizationOptions & { rounded: boolean },
  ) {
    this.#code = code;
    this.#build = new OpBuilder(runner);
    this.#shape = shape;
    this.#size = { ...divided(shape, code), rounded };
    this.#options = options;
  }

  /**
   * The normalization of some images, as an op of TensorFlow's is asked for it.
   *
   * @returns `undefined` where there is no code for it.
   */
  static of<T>(
    runner: OpRunner<T>,
    code: CodeUse,
    { images, weights, gradient = images, attributes, training = true }: {
      images: T;
      /** What must have as many numbers as there are channels. */
      weights: T[];
      gradient?: T;
      attributes: OpAttribute[];
      /** Whether the op must be one that normalizes by the mean and variance of the images themselves. */
      training?: boolean;
    },
  ): Normalization<T> | undefined {
    const valueOf = <V>(name: string, otherwise: V) =>
      attributeValue(attributes, name) as V ?? otherwise;
    const shape = runner.shapeOf(images);
    const type = runner.dtypeOf(images), rounded = type === DataType.BFLOAT16;
    const fits = (rounded ? code.hasBfloat16 : type === DataType.FLOAT) &&
      runner.dtypeOf(gradient) === type && valueOf("is_training", true) === training &&
      hasChannelsLast(attributes) && isPossible(shape) &&
      weights.every((weight) => `${runner.shapeOf(weight)}` === `${shape[3]}`) &&
      `${runner.shapeOf(gradient)}` === `${shape}`;
    // The values that TensorFlow takes where none are given.
    const options = {
      rounded,
      epsilon: valueOf("epsilon", 1e-4),
      share: valueOf("exponential_avg_factor", 1),
    };
    return fits ? new Normalization(runner, code, shape, options) : undefined;
  }

  /** Normalizes a batch. */
  normalize(
    { images, gamma, beta }: NormalizationInputs<T>,
    moving: { mean: T; variance: T },
    after: T[] = [],
  ): NormalizedBatch<T> {
    const build = this.#build, { channels } = this.#size;
    const sums = this.#tasks("sums").map((task) =>
      build.machineCode(task, [images], build.empty([SUM_ROWS, channels], [images, ...after]))
    );
    const rows = this.#whole("statistics", STATISTIC_ROWS, [moving.mean, moving.variance, ...sums]);
    return {
      normalized: (options) =>
        this.#images("normalize", [images, gamma, beta, ...sums], sums[0]!, options),
      movingMean: rows[MOVING_MEAN]!,
      movingVariance: rows[MOVING_VARIANCE]!,
      mean: rows[MEAN]!,
      variance: rows[VARIANCE]!,
    };
  }

  /** Normalizes images by a mean and a variance that are known, such as those found before. */
  normalizeAgain(
    { images, gamma, beta }: NormalizationInputs<T>,
    known: { mean: T; variance: T },
    options: { relu?: boolean; after?: T[] },
  ): T {
    const inputs = [images, gamma, beta, known.mean, known.variance];
    return this.#images("normalizeAgain", inputs, images, options);
  }

  /** What numbers that are known are multiplied by to be normalized, and what is added then: `[2, C]`. */
  scales(
    { gamma, beta }: Omit<NormalizationInputs<T>, "images">,
    known: { mean: T; variance: T },
  ): T {
    const build = this.#build, sizes = [SCALE_ROWS, this.#size.channels];
    const [task] = this.#tasks("scales");
    return build.machineCode(
      task!,
      [gamma, beta, known.mean, known.variance],
      build.empty(sizes, [known.variance]),
    );
  }

  /**
   * The gradients with respect to images, gamma and beta.
   *
   * @param relu Whether the gradient is one with respect to a ReLU of what was normalized.
   */
  gradients(
    gradient: T,
    { images, gamma, beta }: NormalizationInputs<T>,
    { mean, variance, relu }: { mean: T; variance: T; relu: boolean },
  ): { images: T; gamma: T; beta: T } {
    const build = this.#build, { channels } = this.#size;
    const inputs = [gradient, images, gamma, beta, mean, variance];
    const sums = this.#tasks("gradientSums", relu).map((task) =>
      build.machineCode(task, inputs, build.empty([GRADIENT_ROWS, channels], [gradient]))
    );
    const rows = this.#whole("weightGradients", GRADIENT_ROWS, [variance, ...sums]);
    return {
      images: this.#images("gradient", [...inputs, ...sums], sums[0]!, { relu }),
      gamma: rows[GAMMA_GRADIENT]!,
      beta: rows[BETA_GRADIENT]!,
    };
  }

  /** What a task for each part writes, of the images' shape. */
  #images(
    work: NormalizationWork,
    inputs: T[],
    before: T,
    { relu = false, after = [] }: { relu?: boolean; after?: T[] } = {},
  ): T {
    const build = this.#build;
    const type = this.#size.rounded ? DataType.BFLOAT16 : DataType.FLOAT;
    const result = build.empty(this.#shape, [before, ...after], type);
    const parts = this.#tasks(work, relu).map((task) => build.machineCode(task, inputs, result));
    return build.written(parts);
  }

  /** Rows `[C]` that one task writes. */
  #whole(work: NormalizationWork, rows: number, inputs: T[]): T[] {
    const build = this.#build, { channels } = this.#size;
    const [task] = this.#tasks(work);
    const result = build.empty([rows, channels], inputs.slice(-1));
    return build.unstack(build.machineCode(task!, inputs, result), rows);
  }

  #tasks(work: NormalizationWork, relu = false): bigint[] {
    const averages = this.#options.share !== 1;
    return this.#code.normalization(work, { ...this.#size, relu, averages }, this.#options)
      .addresses;
  }
}
