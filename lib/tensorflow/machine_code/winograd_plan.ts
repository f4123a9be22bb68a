import { FILTER, PART, TILE } from "./winograd_tiles.ts";
import type { ConvolutionShape, ConvolutionWork, WinogradShape } from "./convolution_shape.ts";
import { FLOAT_BYTES } from "./number_bytes.ts";
import type { VectorIsa } from "./vector_assembler.ts";

/**
 * How work is divided. A unit is a row of tiles of an image, or a part of one; the tiles of a group of
 * units are at the points at once. What the filter has to do with is done block by block of its
 * columns, or for its gradient of its rows, so that what a block has at one point stays in a core's
 * cache.
 */
export interface WinogradPlan extends WinogradShape, Division, Layout {}

/** What is how many. */
interface Division {
  /** How many tiles a unit has. */
  tiles: number;
  /** How many units there are, and at most in a group. */
  units: number;
  unitsPerGroup: number;
  /** How many channels a block has, and how many blocks there are. */
  blockChannels: number;
  blocks: number;
  /** Whether the filter at the points, or its gradient, stays in a core's cache beside a group. */
  isCached: boolean;
  /** Whether tasks share the blocks, not the units. */
  byBlocks: boolean;
  /** How many columns at the right of a unit may lie beyond the images. */
  margin: number;
}

/** What lies where in memory. */
interface Layout {
  /**
   * The bytes of a pixel of the images, of one of the tensors that have their channels, of the result,
   * and of what is multiplied at once for it.
   */
  pixel: Record<"images" | "part" | "result" | "products", number>;
  /** From a row of a unit, or from a point, to the next, in bytes. */
  stride: Record<"rows" | "results" | "points" | "products" | "filter", number>;
  /** From a tile to the next, of the images' values at a point or of the products there. */
  tile: Record<"points" | "products", number>;
  /** Where what is in the memory that work takes, and how much that is. */
  place: Record<keyof Layout["stride"] | "square" | "between" | "waste", number>;
  scratchBytes: number;
}

/** Where what is known of a unit is, numbers of 64 bits. These and what they tell are in bytes. */
export const UNIT = {
  /** The images' six rows, -1 for one that lies beyond the image. */
  imageRows: 0,
  /** How many bytes of them there are, and where they go in the unit's rows. */
  imageBytes: 6 * 8,
  imageStart: 7 * 8,
  /** The result's four rows, -1 for one that lies beyond the image. */
  resultRows: 8 * 8,
  /** How many bytes of them there are, and how many pixels. */
  resultBytes: 12 * 8,
  resultPixels: 13 * 8,
} as const;
export const UNIT_BYTES = 14 * 8;

const POINTS = PART ** 2;
/** How much of a filter at the points stays in a core's cache beside the rest. */
const CACHED_BYTES = 1.25 * 2 ** 20;
/**
 * About how many tiles a group has: few where the whole filter is in the cache, so that they are too;
 * else many, since each group goes through the filter.
 */
const FEW_TILES = 16, MANY_TILES = 128;
/** With fewer tiles it is better to share a large filter among tasks than to share the tiles. */
const MANY_ENOUGH_TILES = 256;
/**
 * How many columns of a large filter are a block, or half as many where they are too few blocks or not
 * whole ones: the more, the less often the images' values at the points are gone through.
 */
const COLUMNS = 32;
/** How many rows of a large filter's gradient may be a block, for the same reason. */
const ROWS = [128, 64, 32], FEWEST_ROWS = 16;
/** What keeps equal places of rows, points or tiles out of the same set of a processor's cache. */
const SKEW = 64;
/** Tiles of multiples of so many bytes are kept apart like that: of fewer enough find a place. */
const WIDE_TILE = 512;

/** Divides work among at most so many tasks. */
export function planWinograd(
  work: ConvolutionWork,
  shape: WinogradShape,
  { isa, threads }: { isa: VectorIsa; threads: number },
): WinogradPlan {
  const division = divide(work, shape, threads);
  return { ...shape, ...division, ...layOut(work, { ...shape, ...division }, isa) };
}

/** Divides tiles into units and groups, and channels into blocks. */
function divide(work: ConvolutionWork, shape: WinogradShape, threads: number): Division {
  const { batch, height, width, channels, filters } = shape;
  const isGradient = work === "filterGradient";
  const across = Math.ceil(width / TILE), down = batch * Math.ceil(height / TILE);
  const isCached = POINTS * channels * filters * FLOAT_BYTES <= CACHED_BYTES;
  const byBlocks = !isCached && across * down <= MANY_ENOUGH_TILES;
  const blockChannels = isGradient
    ? (byBlocks ? rowsOf(shape, { tiles: across * down, tasks: threads }) : channels)
    : isCached
    ? filters
    : columnsOf(shape, byBlocks ? threads : 1);
  const fit = isGradient && byBlocks ? MANY_ENOUGH_TILES : isCached ? FEW_TILES : MANY_TILES;
  const tiles = Math.ceil(across / Math.ceil(across / fit));
  const parts = Math.ceil(across / tiles);
  const units = down * parts;
  const most = Math.max(1, Math.floor(fit / tiles));
  return {
    tiles,
    units,
    unitsPerGroup: Math.min(units, isGradient && byBlocks ? units : most),
    blockChannels,
    blocks: (isGradient ? channels : filters) / blockChannels,
    isCached,
    byBlocks,
    margin: parts * tiles * TILE + 1 - width,
  };
}

/** Finds places in the scratch memory for what a group has. */
function layOut(
  work: ConvolutionWork,
  { channels, filters, joined, tiles, unitsPerGroup, blockChannels }: WinogradShape & Division,
  isa: VectorIsa,
): Layout {
  const isGradient = work === "filterGradient";
  const pixel = {
    images: channels * FLOAT_BYTES,
    part: channels / joined * FLOAT_BYTES,
    result: filters * FLOAT_BYTES,
    products: (isGradient ? filters : blockChannels) * FLOAT_BYTES,
  };
  // Blocks of products have this many rows or fewer.
  const blockRows = isa.registers / 2;
  const room = Math.ceil(tiles * unitsPerGroup / blockRows) * blockRows;
  const tile = { points: tileOf(pixel.images), products: tileOf(pixel.products) };
  const stride = {
    rows: (tiles * TILE + PART - TILE) * pixel.part + SKEW,
    results: tiles * TILE * pixel.products + SKEW,
    points: room * tile.points + SKEW,
    products: room * tile.products + SKEW,
    filter: (isGradient ? blockChannels : channels) * pixel.products + SKEW,
  };
  const sizes: Record<keyof Layout["place"], number> = {
    rows: PART * stride.rows,
    results: PART * stride.results,
    points: POINTS * stride.points,
    products: POINTS * stride.products,
    square: FILTER ** 2 * isa.bytes ** 2 / FLOAT_BYTES,
    between: FILTER * PART * isa.bytes,
    waste: tiles * TILE * pixel.result,
    // It may be very large, and offsets to what comes after it too.
    filter: POINTS * stride.filter,
  };
  let scratchBytes = 0;
  const place = Object.fromEntries(
    Object.entries(sizes).map(([name, bytes]) => [name, (scratchBytes += bytes) - bytes]),
  ) as Layout["place"];
  return { pixel, stride, tile, place, scratchBytes };
}

/** From a tile of so many bytes to the next. */
function tileOf(bytes: number): number {
  return bytes % WIDE_TILE === 0 ? bytes + SKEW : bytes;
}

/** How many columns of a large filter are worked on at once, so that each task has some. */
function columnsOf({ filters }: ConvolutionShape, tasks: number): number {
  return filters % COLUMNS === 0 && filters / COLUMNS >= tasks ? COLUMNS : COLUMNS / 2;
}

/**
 * How many rows of a large filter's gradient are worked on at once: no more than there are tiles, or
 * writing what they have at the points would take longer than reading the tiles again.
 */
function rowsOf(
  { channels }: ConvolutionShape,
  { tiles, tasks }: { tiles: number; tasks: number },
): number {
  const fits = (rows: number) => rows <= tiles && channels % rows === 0 && channels / rows >= tasks;
  return ROWS.find(fits) ?? FEWEST_ROWS;
}

/** The fields of each unit, in the order of the images' pixels. */
export function unitTable(plan: WinogradPlan): BigInt64Array<ArrayBuffer> {
  const { batch, height, width, tiles, pixel } = plan;
  const table = new BigInt64Array(plan.units * UNIT_BYTES / 8);
  let next = 0;
  for (let image = 0; image < batch; image++) {
    for (let top = 0; top < height; top += TILE) {
      for (let left = 0; left < width; left += tiles * TILE) {
        const offset = (y: number, x: number, bytes: number) =>
          y < 0 || y >= height ? -1 : ((image * height + y) * width + x) * bytes;
        const first = Math.max(0, left - 1);
        const end = Math.min(width, left + tiles * TILE + 1);
        const fields = [
          ...Array.from({ length: PART }, (_, i) => offset(top - 1 + i, first, pixel.part)),
          (end - first) * pixel.part,
          (first - (left - 1)) * pixel.part,
          ...Array.from({ length: TILE }, (_, i) => offset(top + i, left, pixel.result)),
          (Math.min(width, left + tiles * TILE) - left) * pixel.result,
          Math.min(width, left + tiles * TILE) - left,
        ];
        for (const field of fields) table[next++] = BigInt(field);
      }
    }
  }
  return table;
}
