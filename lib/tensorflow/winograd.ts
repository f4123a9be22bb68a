import { plainSettings } from "./convolution_settings.ts";
import { DataType } from "./data_type.ts";
import { OpBuilder, type Shape4D } from "./op_builder.ts";
import type { NamedOpCall } from "./op_repairs.ts";
import type { OpRunner } from "./op_runner.ts";

/** The sides of a filter, of a tile of the result, and of the images' part that gives such a tile. */
const FILTER = 3, TILE = 4, PART = TILE + FILTER - 1;
/** Where polynomials are evaluated, besides infinity: those that round least of small fractions. */
const POINTS = [0, 2 / 3, -2 / 3, 3 / 2, -3 / 2];

/**
 * How many multiplications must be saved for each number that a convolution takes or gives, or else
 * more ways through memory cost more: measured with AVX2; AVX-512 multiplies 2.5 times as fast.
 */
export const WORTHWHILE = { avx2: 150, avx512: 375 };

type Matrix = number[][];

/** From a part of the images, or from a filter, to values at points; from their products to a tile. */
const PART_TO_POINTS = square(lagrangeNumerators());
const FILTER_TO_POINTS = square(powers(FILTER).map((row, i) => row.map((x) => x / denominator(i))));
const TILE_TO_POINTS = square(powers(TILE)), POINTS_TO_TILE = transposed(TILE_TO_POINTS);

/** Options of {@linkcode winogradConvolution}. */
export interface WinogradOptions {
  /** From how many saved multiplications for each number on it pays; see {@linkcode WORTHWHILE}. */
  worthwhile: number;
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
  { worthwhile }: WinogradOptions,
): T | undefined {
  const asked = shapesOf(runner, { name, inputs });
  if (!asked || runner.dtypeOf(inputs[2] ?? inputs[0]!) !== DataType.FLOAT) return undefined;
  const { images: shape, filter: [height, width] } = asked;
  const settings = plainSettings(attributes);
  const fits = settings?.stride === 1 && settings.padding === "SAME" && height === FILTER &&
    width === FILTER;
  if (!fits) return undefined;
  const tiling = new Tiling(runner, shape);
  if (!(saved(tiling.count, asked) >= worthwhile)) return undefined;
  switch (name) {
    case "Conv2D":
      return tiling.convolve(inputs[0]!, inputs[1]!);
    case "Conv2DBackpropInput":
      return tiling.imageGradient(inputs[2]!, inputs[1]!);
    default:
      return tiling.filterGradient(inputs[0]!, inputs[2]!);
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
  tiles: number,
  { images: [batch, height, width], filter: [, , channels, filters] }: ConvolutionShapes,
): number {
  const pixels = batch * height * width, weights = channels * filters;
  const multiplications = (FILTER ** 2 * pixels - PART ** 2 * tiles) * weights;
  return multiplications / (pixels * (channels + filters) + FILTER ** 2 * weights);
}

/** Images that are cut into tiles, and convolutions on them. */
class Tiling<T> {
  /** How many tiles there are. */
  readonly count: number;
  readonly #build: OpBuilder<T>;
  readonly #images: Shape4D;
  readonly #rows: number;
  readonly #columns: number;

  constructor(runner: OpRunner<T>, images: Shape4D) {
    const [batch, height, width] = images;
    this.#build = new OpBuilder(runner);
    this.#images = images;
    this.#rows = Math.ceil(height / TILE);
    this.#columns = Math.ceil(width / TILE);
    this.count = batch * this.#rows * this.#columns;
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
    const right = this.#atPoints(TILE_TO_POINTS, this.#cut(gradient, TILE), filters);
    // Not before there is a gradient, or it would wait for it in memory.
    const left = this.#atPoints(PART_TO_POINTS, this.#cut(images, PART, [gradient]), channels);
    const products = build.products(left, right, { left: true });
    const flat = build.reshape(products, [PART ** 2, channels * filters]);
    const gathered = build.product(this.#constant(transposed(FILTER_TO_POINTS)), flat);
    return build.reshape(gathered, [FILTER, FILTER, channels, filters]);
  }

  #convolve(images: T, filter: T, { turned }: { turned: boolean }): T {
    const build = this.#build;
    const [, , channels, filters] = build.shapeOf(filter);
    const [from, to] = turned ? [filters, channels] : [channels, filters];
    const left = this.#atPoints(PART_TO_POINTS, this.#cut(images, PART), from);
    const matrix = turned ? FILTER_TO_POINTS.map((row) => row.toReversed()) : FILTER_TO_POINTS;
    const flat = build.reshape(filter, [FILTER ** 2, channels * filters]);
    // All filters are there from the start, but need not be at points all at once.
    const values = build.product(this.#constant(matrix), flat, [left]);
    const right = build.reshape(values, [PART ** 2, channels, filters]);
    const products = build.products(left, right, { right: turned });
    const tiles = build.product(
      this.#constant(POINTS_TO_TILE),
      build.reshape(products, [PART ** 2, this.count * to]),
    );
    const pixels = build.gather(
      build.reshape(tiles, [TILE ** 2 * this.count, to]),
      this.#pixelsInTiles(),
    );
    const [batch, height, width] = this.#images;
    return build.reshape(pixels, [batch, height, width, to]);
  }

  /** What polynomials, `[places, tiles * channels]`, are at the points, `[points, tiles, channels]`. */
  #atPoints(matrix: Matrix, polynomials: T, channels: number): T {
    const values = this.#build.product(this.#constant(matrix), polynomials);
    return this.#build.reshape(values, [PART ** 2, this.count, channels]);
  }

  /** The squares of some side around all tiles, `[places, tiles * channels]`. */
  #cut(images: T, side: number, after?: T[]): T {
    const build = this.#build;
    const [batch, height, width, channels] = build.shapeOf(images);
    const margin = (side - TILE) / 2;
    const down = this.#rows * TILE, across = this.#columns * TILE;
    const margins = [[0, 0], [margin, margin + down - height], [margin, margin + across - width]];
    const padded = build.pad(images, [...margins, [0, 0]], after);
    const flat = [batch * (down + 2 * margin) * (across + 2 * margin), channels];
    const cut = build.gather(build.reshape(padded, flat), this.#placesInPixels(side));
    return build.reshape(cut, [side ** 2, this.count * channels]);
  }

  /** Which pixels of padded images the places of all tiles' squares are: place by place, all tiles. */
  #placesInPixels(side: number): Int32Array {
    const [batch] = this.#images;
    const height = this.#rows * TILE + side - TILE, width = this.#columns * TILE + side - TILE;
    const pixels = new Int32Array(side ** 2 * this.count);
    let next = 0;
    for (let place = 0; place < side ** 2; place++) {
      const inRow = place % side, inColumn = Math.floor(place / side);
      for (let image = 0; image < batch; image++) {
        for (let row = 0; row < this.#rows; row++) {
          const start = (image * height + row * TILE + inColumn) * width + inRow;
          for (let column = 0; column < this.#columns; column++) {
            pixels[next++] = start + column * TILE;
          }
        }
      }
    }
    return pixels;
  }

  /** Where the images' pixels are among the places of all tiles. */
  #pixelsInTiles(): Int32Array {
    const [batch, height, width] = this.#images;
    const places = new Int32Array(batch * height * width);
    let next = 0;
    for (let image = 0; image < batch; image++) {
      for (let y = 0; y < height; y++) {
        const start = (image * this.#rows + Math.floor(y / TILE)) * this.#columns;
        for (let x = 0; x < width; x++) {
          const place = y % TILE * TILE + x % TILE;
          places[next++] = place * this.count + start + Math.floor(x / TILE);
        }
      }
    }
    return places;
  }

  #constant(matrix: Matrix): T {
    return this.#build.floats(matrix.flat(), [matrix.length, matrix[0]!.length]);
  }
}

/** The first powers of each point; at infinity only the last counts. */
function powers(count: number): Matrix {
  const exponents = Array.from({ length: count }, (_, exponent) => exponent);
  return [
    ...POINTS.map((point) => exponents.map((exponent) => point ** exponent)),
    exponents.map((exponent) => exponent === count - 1 ? 1 : 0),
  ];
}

/** The coefficients of Lagrange's polynomials, from the constant on, without their denominators. */
function lagrangeNumerators(): Matrix {
  return [...POINTS.keys(), undefined].map((left) => {
    const roots = POINTS.filter((_, i) => i !== left);
    const coefficients = roots.reduce<number[]>(
      (of, root) => [0, ...of].map((higher, i) => higher - root * (of[i] ?? 0)),
      [1],
    );
    return Array.from({ length: PART }, (_, i) => coefficients[i] ?? 0);
  });
}

/** The denominator of Lagrange's polynomial of a point. */
function denominator(index: number): number {
  const [point, others] = [POINTS[index], POINTS.filter((_, i) => i !== index)];
  return point === undefined ? 1 : others.reduce((product, other) => product * (point - other), 1);
}

/** What applies a matrix to the rows and to the columns of a square: its Kronecker square. */
function square(matrix: Matrix): Matrix {
  return matrix.flatMap((down) =>
    matrix.map((across) => down.flatMap((x) => across.map((y) => x * y)))
  );
}

function transposed(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, i) => matrix.map((row) => row[i]!));
}
