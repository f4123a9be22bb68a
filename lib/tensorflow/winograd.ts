import { plainSettings } from "./convolution_settings.ts";
import { DataType } from "./data_type.ts";
import { ImageTiles, type Piece } from "./image_tiles.ts";
import { OpBuilder, type Shape4D } from "./op_builder.ts";
import type { NamedOpCall } from "./op_repairs.ts";
import type { OpRunner } from "./op_runner.ts";
import {
  FILTER,
  FILTER_TO_POINTS,
  type Matrix,
  PART,
  PART_TO_POINTS,
  TILE,
  TILE_TO_POINTS,
  transposed,
} from "./winograd_matrices.ts";

/**
 * How many multiplications must be saved for each number that a convolution takes or gives, or else
 * more ways through memory cost more: measured with AVX2; AVX-512 multiplies 2.5 times as fast.
 */
export const WORTHWHILE = { avx2: 150, avx512: 375 };

/** About how much of the parts of images is in memory at once, at least. */
const PIECE_BYTES = 24 * 2 ** 20;
const FLOAT_BYTES = 4;

/** Options of {@linkcode winogradConvolution}. */
export interface WinogradOptions {
  /** From how many saved multiplications for each number on it pays; see {@linkcode WORTHWHILE}. */
  worthwhile: number;
  /**
   * About how many bytes of images' parts, or of a filter's values, are worked on at once.
   *
   * @default {25_165_824}
   */
  pieceBytes?: number;
}

/**
 * Computes a convolution with a filter of 3x3, or one of its gradients, by a quarter of the
 * multiplications: Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray 2016,
 * https://arxiv.org/abs/1509.09308). Parts of the images, 6x6 and overlapping, are taken as
 * polynomials, and so is the filter: of their values at 36 points only products are needed, a product
 * of matrices for each point.
 *
 * @param runner Runs the ops.
 * @param call The convolution, or any other op.
 * @returns What the call would give, but for rounding, up to ten times that of the call;
 *   `undefined` where it is another op or where this does not pay.
 */
export function winogradConvolution<T>(
  runner: OpRunner<T>,
  { name, inputs, attributes }: NamedOpCall<T>,
  { worthwhile, pieceBytes = PIECE_BYTES }: WinogradOptions,
): T | undefined {
  const asked = shapesOf(runner, { name, inputs });
  if (!asked || runner.dtypeOf(inputs[2] ?? inputs[0]!) !== DataType.FLOAT) return undefined;
  const { images: shape, filter: [height, width] } = asked;
  const settings = plainSettings(attributes);
  const fits = settings?.stride === 1 && settings.padding === "SAME" && height === FILTER &&
    width === FILTER;
  // A shape that is not known saves NaN.
  if (!fits || !(saved(asked) >= worthwhile)) return undefined;
  const winograd = new Winograd(runner, shape, {
    channels: Math.max(...asked.filter.slice(2)),
    pieceBytes,
  });
  switch (name) {
    case "Conv2D":
      return winograd.convolve(inputs[0]!, inputs[1]!);
    case "Conv2DBackpropInput":
      return winograd.imageGradient(inputs[2]!, inputs[1]!);
    default:
      return winograd.filterGradient(inputs[0]!, inputs[2]!);
  }
}

interface ConvolutionShapes {
  images: Shape4D;
  filter: Shape4D;
}

/** The shapes of images and filter, be they inputs or results; `undefined` for another op. */
function shapesOf<T>(
  runner: OpRunner<T>,
  { name, inputs: [first, second] }: Pick<NamedOpCall<T>, "name" | "inputs">,
): ConvolutionShapes | undefined {
  const shape = (tensor: T | undefined) => runner.shapeOf(tensor!) as Shape4D;
  const ints = (tensor: T | undefined) => runner.intsOf(tensor!) as Shape4D;
  switch (name) {
    case "Conv2D":
      return { images: shape(first), filter: shape(second) };
    case "Conv2DBackpropInput":
      return { images: ints(first), filter: shape(second) };
    case "Conv2DBackpropFilter":
      return { images: shape(first), filter: ints(second) };
  }
}

/** How many multiplications are saved for each number that the convolution takes or gives. */
function saved(
  { images: [batch, height, width], filter: [, , channels, filters] }: ConvolutionShapes,
): number {
  const tiles = batch * Math.ceil(height / TILE) * Math.ceil(width / TILE);
  const pixels = batch * height * width, weights = channels * filters;
  const multiplications = (FILTER ** 2 * pixels - PART ** 2 * tiles) * weights;
  return multiplications / (pixels * (channels + filters) + FILTER ** 2 * weights);
}

/** Convolutions on images that are cut into tiles. */
class Winograd<T> {
  readonly #build: OpBuilder<T>;
  readonly #images: Shape4D;
  readonly #tiles: ImageTiles<T>;
  readonly #pieceBytes: number;

  /** @param options.channels How many channels images or results have at most. */
  constructor(
    runner: OpRunner<T>,
    images: Shape4D,
    { channels, pieceBytes }: { channels: number; pieceBytes: number },
  ) {
    this.#build = new OpBuilder(runner);
    this.#images = images;
    this.#tiles = new ImageTiles(this.#build, images, {
      tileBytes: PART ** 2 * channels * FLOAT_BYTES,
      pieceBytes,
    });
    this.#pieceBytes = pieceBytes;
  }

  convolve(images: T, filter: T): T {
    return this.#convolve(images, filter, { turned: false });
  }

  /** Convolves a gradient with the filter turned by 180 degrees and its channels swapped. */
  imageGradient(gradient: T, filter: T): T {
    return this.#convolve(gradient, filter, { turned: true });
  }

  filterGradient(images: T, gradient: T): T {
    const build = this.#build;
    const [, , , channels] = build.shapeOf(images), [, , , filters] = build.shapeOf(gradient);
    let sum: T | undefined;
    for (const piece of this.#tiles.pieces) {
      // Not before there is a gradient, or it would wait for it in memory.
      const parts = this.#tiles.cut(images, piece, PART, [sum ?? gradient]);
      const tiles = this.#tiles.cut(gradient, piece, TILE, [sum ?? gradient]);
      for (const points of this.#groups(channels * filters)) {
        const left = this.#atPoints(PART_TO_POINTS.slice(...points), parts, piece, sum);
        const right = this.#atPoints(TILE_TO_POINTS.slice(...points), tiles, piece, sum);
        const products = build.products(left, right, { left: true });
        const matrix = transposed(FILTER_TO_POINTS.slice(...points));
        const flat = build.reshape(products, [matrix[0]!.length, channels * filters]);
        sum = this.#add(sum, build.product(this.#constant(matrix), flat));
      }
    }
    return build.reshape(sum!, [FILTER, FILTER, channels, filters]);
  }

  #convolve(images: T, filter: T, { turned }: { turned: boolean }): T {
    const build = this.#build;
    const [, , channels, filters] = build.shapeOf(filter);
    const toPoints = turned ? FILTER_TO_POINTS.map((row) => row.toReversed()) : FILTER_TO_POINTS;
    const flatFilter = build.reshape(filter, [FILTER ** 2, channels * filters]);
    const results: T[] = [];
    for (const piece of this.#tiles.pieces) {
      const parts = this.#tiles.cut(images, piece, PART, results.slice(-1));
      let sum: T | undefined;
      for (const points of this.#groups(channels * filters)) {
        const left = this.#atPoints(PART_TO_POINTS.slice(...points), parts, piece, sum);
        const matrix = toPoints.slice(...points);
        // All filters are there from the start, but need not be at points all at once.
        const values = build.product(this.#constant(matrix), flatFilter, [left]);
        const right = build.reshape(values, [matrix.length, channels, filters]);
        const products = build.products(left, right, { right: turned });
        const flat = build.reshape(products, [matrix.length, -1]);
        const tiles = transposed(TILE_TO_POINTS.slice(...points));
        sum = this.#add(sum, build.product(this.#constant(tiles), flat));
      }
      results.push(this.#tiles.pixels(sum!, piece));
    }
    const [batch, height, width] = this.#images;
    return build.reshape(build.concat(results), [
      batch,
      height,
      width,
      turned ? channels : filters,
    ]);
  }

  /**
   * Groups of points, each from its first to the one after its last, so that a filter's values at
   * them take about as much memory as a piece of images.
   */
  #groups(weights: number): [start: number, end: number][] {
    const atOnce = Math.max(PART, Math.floor(this.#pieceBytes / (weights * FLOAT_BYTES)));
    const count = Math.ceil(PART ** 2 / atOnce);
    return Array.from({ length: count }, (_, i) => [i * atOnce, (i + 1) * atOnce]);
  }

  /** What polynomials, `[places, tiles * channels]`, are at points, `[points, tiles, channels]`. */
  #atPoints(matrix: Matrix, polynomials: T, piece: Piece, after: T | undefined): T {
    const values = this.#build.product(this.#constant(matrix), polynomials, after && [after]);
    return this.#build.reshape(values, [matrix.length, this.#tiles.countIn(piece), -1]);
  }

  #add(sum: T | undefined, term: T): T {
    return sum ? this.#build.op("AddV2", [sum, term]) : term;
  }

  #constant(matrix: Matrix): T {
    return this.#build.floats(matrix.flat(), [matrix.length, matrix[0]!.length]);
  }
}
