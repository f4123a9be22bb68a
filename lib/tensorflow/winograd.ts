import { plainSettings } from "./convolution_settings.ts";
import { DataType } from "./data_type.ts";
import { ImageTiles } from "./image_tiles.ts";
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
 * How many multiplications a convolution, and its gradient with respect to the filter, must save for
 * each number that is taken or given, or else more ways through memory cost more: measured by steps
 * of the U-Net with AVX2, and by its convolutions one by one with AVX-512 (an Intel Xeon with two
 * cores), which multiplies about 2.5 times as fast.
 */
export const WORTHWHILE = {
  avx2: { convolution: 125, filterGradient: 140 },
  avx512: { convolution: 250, filterGradient: 200 },
};

/** About how much memory images' parts, and their values at points, take each. */
const PIECE_BYTES = 24 * 2 ** 20;
const FLOAT_BYTES = 4;
/** However large a filter is, so many points are worked on at once. */
const FEWEST_POINTS = 6;

const CONVOLUTION = "Conv2D", IMAGE_GRADIENT = "Conv2DBackpropInput";
const FILTER_GRADIENT = "Conv2DBackpropFilter";
const NAMES = [CONVOLUTION, IMAGE_GRADIENT, FILTER_GRADIENT];

/** Options of {@linkcode winogradConvolution}. */
export interface WinogradOptions {
  /** From how many saved multiplications for each number on it pays; see {@linkcode WORTHWHILE}. */
  worthwhile: { convolution: number; filterGradient: number };
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
 * @param options When and how it is computed so.
 * @returns What the call would give, but for rounding of some millionths of the largest value, and
 *   with `NaN` where an infinity is in the same part; `undefined` where it is another op or where
 *   this does not pay.
 */
export function winogradConvolution<T>(
  runner: OpRunner<T>,
  call: NamedOpCall<T>,
  { worthwhile, pieceBytes = PIECE_BYTES }: WinogradOptions,
): T | undefined {
  const { name, inputs: [first, second, third], attributes } = call;
  if (!NAMES.includes(name) || runner.dtypeOf(third ?? first!) !== DataType.FLOAT) return undefined;
  const { stride, padding } = plainSettings(attributes) ?? {};
  const shapes = stride === 1 && padding === "SAME" ? shapesOf(runner, call) : undefined;
  const enough = worthwhile[name === FILTER_GRADIENT ? "filterGradient" : "convolution"];
  // Of sizes that are known only when it runs the saving is NaN.
  if (!shapes || !(saved(shapes) >= enough)) return undefined;
  const winograd = new Winograd(runner, shapes, pieceBytes);
  switch (name) {
    case CONVOLUTION:
      return winograd.convolve(first!, second!);
    case IMAGE_GRADIENT:
      return winograd.imageGradient(third!, second!);
    default:
      return winograd.filterGradient(first!, third!);
  }
}

interface ConvolutionShapes {
  images: Shape4D;
  filter: Shape4D;
}

/**
 * The shapes of images and filter, be they inputs or results; `undefined` where one is not known, or
 * where they do not fit together or here.
 */
function shapesOf<T>(
  runner: OpRunner<T>,
  { name, inputs: [first, second, third] }: NamedOpCall<T>,
): ConvolutionShapes | undefined {
  const images = name === IMAGE_GRADIENT ? runner.intsOf(first!) : runner.shapeOf(first!);
  const filter = name === FILTER_GRADIENT ? runner.intsOf(second!) : runner.shapeOf(second!);
  if (!images || !filter) return undefined;
  const [height, width, channels, filters] = filter;
  const gradient = [...images.slice(0, 3), filters];
  const fits = height === FILTER && width === FILTER && channels === images[3] &&
    (!third || `${runner.shapeOf(third)}` === `${gradient}`);
  return fits ? { images: images as Shape4D, filter: filter as Shape4D } : undefined;
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
  readonly #shapes: ConvolutionShapes;
  readonly #tiles: ImageTiles<T>;
  /** Groups of points, each from its first to the one after its last. */
  readonly #groups: [start: number, end: number][];

  constructor(runner: OpRunner<T>, shapes: ConvolutionShapes, pieceBytes: number) {
    const [, , channels, filters] = shapes.filter;
    this.#build = new OpBuilder(runner);
    this.#shapes = shapes;
    const tileBytes = PART ** 2 * Math.max(channels, filters) * FLOAT_BYTES;
    this.#tiles = new ImageTiles(this.#build, shapes.images, { tileBytes, pieceBytes });
    // So many that a filter's values at them take about as much memory as a piece of images.
    const fit = Math.floor(pieceBytes / (channels * filters * FLOAT_BYTES));
    const atOnce = Math.max(FEWEST_POINTS, fit);
    this.#groups = Array.from(
      { length: Math.ceil(PART ** 2 / atOnce) },
      (_, i) => [i * atOnce, (i + 1) * atOnce],
    );
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
    const { filter: [, , channels, filters] } = this.#shapes;
    const groups = this.#groups.map((group) => ({
      fromParts: this.#constant(PART_TO_POINTS.slice(...group)),
      fromTiles: this.#constant(TILE_TO_POINTS.slice(...group)),
      toFilter: this.#constant(transposed(FILTER_TO_POINTS.slice(...group))),
    }));
    let sum: T | undefined;
    for (const piece of this.#tiles.pieces) {
      // Not before there is a gradient, or it would wait for it in memory.
      const parts = this.#tiles.cut(images, piece, PART, [sum ?? gradient]);
      const tiles = this.#tiles.cut(gradient, piece, TILE, [sum ?? gradient]);
      for (const { fromParts, fromTiles, toFilter } of groups) {
        const after = sum && [sum];
        const shape = [-1, this.#tiles.countIn(piece)];
        const left = build.reshape(build.product(fromParts, parts, after), [...shape, channels]);
        const right = build.reshape(build.product(fromTiles, tiles, after), [...shape, filters]);
        const products = build.products(left, right, { left: true });
        const flat = build.reshape(products, [-1, channels * filters]);
        sum = build.plus(sum, build.product(toFilter, flat));
      }
    }
    return build.reshape(sum!, [FILTER, FILTER, channels, filters]);
  }

  #convolve(images: T, filter: T, { turned }: { turned: boolean }): T {
    const build = this.#build;
    const { images: [batch, height, width], filter: [, , channels, filters] } = this.#shapes;
    const [from, to] = turned ? [filters, channels] : [channels, filters];
    const groups = this.#groups.map((group) => {
      const matrix = FILTER_TO_POINTS.slice(...group);
      return {
        fromParts: this.#constant(PART_TO_POINTS.slice(...group)),
        fromFilter: this.#constant(turned ? matrix.map((row) => row.toReversed()) : matrix),
        toTiles: this.#constant(transposed(TILE_TO_POINTS.slice(...group))),
      };
    });
    const flatFilter = build.reshape(filter, [FILTER ** 2, channels * filters]);
    const results: T[] = [];
    for (const piece of this.#tiles.pieces) {
      const parts = this.#tiles.cut(images, piece, PART, results.slice(-1));
      let sum: T | undefined;
      const tiles = this.#tiles.countIn(piece);
      for (const { fromParts, fromFilter, toTiles } of groups) {
        const atPoints = build.product(fromParts, parts, sum && [sum]);
        const left = build.reshape(atPoints, [-1, tiles, from]);
        // All filters are there from the start, but need not be at points all at once.
        const filterAtPoints = build.product(fromFilter, flatFilter, [left]);
        const right = build.reshape(filterAtPoints, [-1, channels, filters]);
        const products = build.products(left, right, { right: turned });
        sum = build.plus(sum, build.product(toTiles, build.reshape(products, [-1, tiles * to])));
      }
      results.push(this.#tiles.pixels(sum!, piece));
    }
    return build.reshape(build.concat(results), [batch, height, width, to]);
  }

  #constant(matrix: Matrix): T {
    return this.#build.floats(matrix.flat(), [matrix.length, matrix[0]!.length]);
  }
}
