import { blockSize } from "./block_size.ts";
import type { Square } from "./bfloat16_tiles.ts";
import type { ConvolutionShape, ConvolutionWork } from "./convolution_shape.ts";
import { BFLOAT16_BYTES, FLOAT_BYTES } from "./number_bytes.ts";

/**
 * What a convolution in bfloat16 is computed for: `height` and `width` are of the result, or of the
 * gradient with respect to it.
 */
export interface Bfloat16Shape extends ConvolutionShape {
  /**
   * The rows and columns of the filter: 3 that keep the images' size, of which one is before a pixel,
   * or as many rows as `step` and one column.
   */
  down: number;
  across: number;
  /** How many rows of the images there are for each of the result. */
  step: number;
  /** In how many rows below each other the columns of a pixel of the result are. */
  parts: number;
  /** Whether something is added to each pixel of the result, which is another tensor then. */
  bias: boolean;
}

/**
 * How a convolution in bfloat16 is divided. A unit is some rows of the result, of one image or of
 * several whole ones; with those around them, and with zeros where these lie beyond the image, its
 * images are copied to where a core's cache keeps them. The filter is worked on in blocks of its
 * columns, or for its gradient of its rows.
 */
export interface Bfloat16Plan extends Bfloat16Shape {
  /** How many terms of a sum are multiplied at once: channels, or for a filter's gradient pixels. */
  terms: number;
  /** How many images a unit has at most, and how many of the result's rows of each. */
  images: number;
  rows: number;
  /** How many units there are. */
  units: number;
  /** How many channels a block has, and how many blocks there are. */
  blockChannels: number;
  blocks: number;
  /** Whether tasks share the blocks, not the units. */
  byBlocks: boolean;
  /** How many tiles of sums are computed at once. */
  tiles: Square;
  /** From a pixel, a row and so on to the next, in bytes. */
  stride: Record<"pixels" | "rows" | "gradients", number>;
  /** Where what is in the memory that work takes, and how much that is. */
  place: Record<"rows" | "sums" | "square" | "waste" | "filter" | "gradients" | "staged", number>;
  scratchBytes: number;
}

/** Numbers of 64 bits that tell of a unit; the places of its images' rows follow, -1 beyond the image. */
export const UNIT = {
  images: 0,
  /** Of each image. */
  rows: 8,
  /** Of the images' rows, with those around them. */
  sources: 16,
  /** How many strips of up to 16 pixels its rows have. */
  strips: 24,
  /** Where its first row is in the result, or in the gradient with respect to it, in bytes. */
  result: 32,
  source: 40,
} as const;

/** A tile has so many rows, and a row so many sums. */
export const TILE_ROWS = 16;
/** How many bytes a row of a tile has, and a whole tile. */
export const ROW_BYTES = 64, TILE_BYTES = TILE_ROWS * ROW_BYTES;
/** The columns of zeros at the right of transposed rows; at the left are as many as there are terms. */
const RIGHT_MARGIN = 16;
/** So many of the filter's bytes, or of its gradient's, a core's cache holds. */
const FILTER_BYTES = 1.25 * 2 ** 20, GRADIENT_BYTES = 640 << 10;
/** So many beside them of a unit's images, and of the gradient with respect to the result. */
const ROWS_BYTES = 384 << 10, GRADIENT_ROWS_BYTES = 768 << 10;
/** The pixels of a unit of a filter's gradient: so many that bringing its sums is little beside. */
const GRADIENT_PIXELS = 8192;
/** Rows so far from each other, or a multiple, are in the same sets of a processor's first cache. */
const FAR = 1024;

/** Divides work among at most so many tasks. */
export function planBfloat16(
  work: ConvolutionWork,
  shape: Bfloat16Shape,
  threads: number,
): Bfloat16Plan {
  return work === "filterGradient" ? planGradient(shape, threads) : planConvolution(shape, threads);
}

function planConvolution(shape: Bfloat16Shape, threads: number): Bfloat16Plan {
  const { width, channels, filters, down, across, parts } = shape;
  const tiles = { below: 2, beside: tilesIn(filters / parts) } as const;
  const columnBytes = down * across * channels * BFLOAT16_BYTES;
  const blockChannels = blockSize(filters, {
    step: tiles.beside * TILE_ROWS,
    most: mostOf(shape, FILTER_BYTES / columnBytes, filters),
    threads,
  });
  const packed = channels * BFLOAT16_BYTES;
  const pixels = packed % FAR === 0 ? packed + ROW_BYTES : packed;
  const rows = roundUp((roundUp(width, TILE_ROWS) + across - 1) * pixels, ROW_BYTES) + ROW_BYTES;
  const units = unitsOfRows(shape, {
    byBlocks: blockChannels < filters,
    most: rowsWithin(shape, ROWS_BYTES / rows),
    threads,
  });
  return withPlaces(
    {
      ...shape,
      ...units,
      terms: termsOf(channels),
      blockChannels,
      tiles,
      stride: { pixels, rows, gradients: 0 },
    },
    filters,
    {
      rows: units.images * sourcesOf(shape, units.rows) * rows,
      sums: tiles.below * tiles.beside * TILE_BYTES,
      square: TILE_BYTES,
      waste: TILE_BYTES,
      filter: blockChannels * columnBytes,
    },
  );
}

function planGradient(shape: Bfloat16Shape, threads: number): Bfloat16Plan {
  const { width, channels, filters, down, across } = shape;
  const tiles = { below: tilesIn(channels), beside: tilesIn(filters) };
  const blockChannels = blockSize(channels, {
    step: tiles.below * TILE_ROWS,
    most: mostOf(shape, GRADIENT_BYTES / (down * across * filters * FLOAT_BYTES), channels),
    threads,
  });
  const terms = width > TILE_ROWS ? 2 * TILE_ROWS : TILE_ROWS;
  const columns = roundUp(width, terms);
  // Of each channel a row of pixels, with columns of zeros around it.
  const pixels = (terms + columns + RIGHT_MARGIN) * BFLOAT16_BYTES;
  const rows = blockChannels * pixels, gradients = columns * filters * BFLOAT16_BYTES;
  const units = unitsOfRows(shape, {
    byBlocks: blockChannels < channels,
    most: Math.min(
      GRADIENT_PIXELS / width,
      rowsWithin(shape, ROWS_BYTES / rows),
      GRADIENT_ROWS_BYTES / gradients,
    ),
    threads,
  });
  return withPlaces(
    {
      ...shape,
      ...units,
      terms,
      blockChannels,
      tiles,
      stride: { pixels, rows, gradients },
    },
    channels,
    {
      rows: units.images * sourcesOf(shape, units.rows) * rows,
      square: TILE_BYTES,
      gradients: units.images * units.rows * gradients,
      staged: columns * Math.max(blockChannels, filters) * BFLOAT16_BYTES + ROW_BYTES,
    },
  );
}

/**
 * How many channels a block has at most: not all where the filter is so large that tasks had better
 * share it, each with all of the images, than the images, each with all of the filter.
 */
function mostOf(shape: Bfloat16Shape, cached: number, all: number): number {
  const { batch, height, width, filters, channels, down, across, step } = shape;
  const weights = down * across * channels * filters;
  const numbers = batch * height * width * Math.max(channels * step, filters);
  return weights > numbers ? Math.min(cached, all / 2) : cached;
}

/** How many rows of the images some rows of the result take. */
export function sourcesOf({ down, step }: Bfloat16Shape, rows: number): number {
  return (rows - 1) * step + down;
}

/** How many rows of the result take no more rows of the images than so many. */
function rowsWithin({ down, step }: Bfloat16Shape, sources: number): number {
  return Math.floor((sources - down) / step) + 1;
}

/** How rows are divided into units of at most so many. */
function unitsOfRows(
  { batch, height }: ConvolutionShape,
  { byBlocks, most, threads }: { byBlocks: boolean; most: number; threads: number },
): { images: number; rows: number; units: number; byBlocks: boolean } {
  const share = byBlocks ? Infinity : batch * height / threads;
  const fit = Math.max(1, Math.floor(Math.min(most, share)));
  if (fit >= height) {
    const images = Math.min(batch, Math.floor(fit / height));
    return { images, rows: height, units: Math.ceil(batch / images), byBlocks };
  }
  const rows = Math.ceil(height / Math.ceil(height / fit));
  return { images: 1, rows, units: batch * Math.ceil(height / rows), byBlocks };
}

function withPlaces(
  plan: Omit<Bfloat16Plan, "blocks" | "place" | "scratchBytes">,
  shared: number,
  sizes: Partial<Record<keyof Bfloat16Plan["place"], number>>,
): Bfloat16Plan {
  let scratchBytes = 0;
  const place = { rows: 0, sums: 0, square: 0, waste: 0, filter: 0, gradients: 0, staged: 0 };
  for (const name of Object.keys(place) as (keyof typeof place)[]) {
    place[name] = scratchBytes;
    scratchBytes += roundUp(sizes[name] ?? 0, ROW_BYTES);
  }
  return { ...plan, blocks: shared / plan.blockChannels, place, scratchBytes };
}

/** How many tiles of some channels are computed at once. */
function tilesIn(channels: number): 1 | 2 {
  return channels % (2 * TILE_ROWS) === 0 ? 2 : 1;
}

/** How many channels are multiplied at once. */
function termsOf(channels: number): number {
  return tilesIn(channels) * TILE_ROWS;
}

export function roundUp(size: number, step: number): number {
  return Math.ceil(size / step) * step;
}

/** How many bytes what is known of a unit has. */
export function unitBytes(plan: Bfloat16Plan): number {
  const { images, rows } = plan;
  return UNIT.source + images * sourcesOf(plan, rows) * 8;
}

/** What is known of each unit. */
export function unitTable(plan: Bfloat16Plan): BigInt64Array<ArrayBuffer> {
  const { batch, height, width, images, rows, channels, filters, step, down } = plan;
  const table = new BigInt64Array(plan.units * unitBytes(plan) / 8);
  const rowBytes = width * channels * BFLOAT16_BYTES;
  const above = down > step ? 1 : 0, all = height * step;
  let next = 0;
  for (let first = 0; first < batch; first += images) {
    for (let top = 0; top < height; top += rows) {
      const count = Math.min(images, batch - first), high = Math.min(rows, height - top);
      const sources = Array.from(
        { length: count },
        (_, i) =>
          Array.from({ length: sourcesOf(plan, high) }, (_, j) => {
            const y = top * step - above + j;
            return y < 0 || y >= all ? -1 : ((first + i) * all + y) * rowBytes;
          }),
      ).flat();
      const result = (first * height + top) * width * filters * BFLOAT16_BYTES;
      const strips = count * high * Math.ceil(width / TILE_ROWS);
      const fields = [count, high, sources.length, strips, result, ...sources];
      fields.forEach((field, i) => table[next + i] = BigInt(field));
      next += unitBytes(plan) / 8;
    }
  }
  return table;
}

/** What a strip, up to 16 pixels of a row, is told by, in numbers of 64 bits. */
export const STRIP = {
  /** Where it is in a unit's copied rows, and in the result's, in bytes. */
  images: 0,
  result: 8,
  pixels: 16,
} as const;
export const STRIP_BYTES = 24;

/** What is known of each strip of the largest unit, and one more that is never written. */
export function stripTable(plan: Bfloat16Plan): BigInt64Array<ArrayBuffer> {
  const { width, filters, images, rows, step, parts, stride } = plan;
  const strips = Array.from({ length: images * rows }, (_, row) => {
    const image = Math.floor(row / rows);
    const source = (image * sourcesOf(plan, rows) + row % rows * step) * stride.rows;
    return Array.from({ length: Math.ceil(width / TILE_ROWS) }, (_, i) => {
      const left = i * TILE_ROWS;
      return [
        source + left * stride.pixels,
        (row * width * parts + left) * filters / parts * BFLOAT16_BYTES,
        Math.min(TILE_ROWS, width - left),
      ];
    });
  });
  return BigInt64Array.from([...strips.flat(2), 0, 0, 0], BigInt);
}
