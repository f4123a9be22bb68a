import type { ConvolutionShape, ConvolutionWork } from "./convolution_shape.ts";
import { blockSize } from "./matrix_product.ts";
import type { VectorIsa } from "./vector_assembler.ts";

/**
 * What a convolution of patches that do not overlap is computed for: its filter is as large as its
 * stride. `height` and `width` are of the result, or of the gradient with respect to it.
 */
export interface PatchShape extends ConvolutionShape {
  stride: number;
}

/**
 * How such a convolution is divided. It is a product of matrices: a pixel of the result has a row of
 * `stride` parts, which lie below each other in the images. A unit is a row of pixels of the result. The
 * right factor is copied panel by panel, of which each is as wide as the sums that registers hold, and
 * a block is as many panels as a core's cache holds. For a filter's gradient both factors are copied,
 * for a piece of the pixels at a time, and a block is a line of the images' numbers.
 */
export interface PatchPlan extends PatchShape {
  /** How many units there are, and of how many is a piece. */
  units: number;
  pieceUnits: number;
  /** How many panels a block has, and how many blocks there are. */
  blockPanels: number;
  blocks: number;
  /** Whether tasks share the blocks, not the units. */
  byBlocks: boolean;
  /** The rows and vectors of a block of sums, and how wide it is, in bytes. */
  sums: { rows: number; vectors: number; bytes: number };
  /** The bytes of a part of a pixel, of a pixel of the result, and of a row of the images. */
  bytes: Record<"part" | "result" | "imageRow", number>;
  /** The bytes of a panel, which come one after the other in the scratch memory. */
  panelBytes: number;
  /** Where the copied line is in it, and how much there is of it. */
  linePlace: number;
  scratchBytes: number;
}

const FLOAT_BYTES = 4;
/** A line of a processor's cache. */
export const LINE_BYTES = 64;
/** So much of the right factor a core's second cache holds beside the rest. */
const CACHED_BYTES = 256 << 10;
/** Of so many pixels a panel and a line stay in a core's first cache. */
const PIECE_PIXELS = 128;

/** Divides work among at most so many tasks. */
export function planPatches(
  work: ConvolutionWork,
  shape: PatchShape,
  { isa, threads }: { isa: VectorIsa; threads: number },
): PatchPlan {
  const { batch, height, width, channels, filters, stride } = shape;
  const bytes = {
    part: stride * channels * FLOAT_BYTES,
    result: filters * FLOAT_BYTES,
    imageRow: stride * channels * width * FLOAT_BYTES,
  };
  const size = blockSize(isa, work === "turnedConvolution" ? bytes.part : bytes.result);
  const common = {
    ...shape,
    units: batch * height,
    sums: { ...size, bytes: size.vectors * isa.bytes },
    bytes,
  };
  return work === "filterGradient"
    ? planGradient(common, threads)
    : planProduct(common, { turned: work === "turnedConvolution", threads });
}

type Common = Pick<PatchPlan, keyof PatchShape | "units" | "sums" | "bytes">;

function planProduct(
  common: Common,
  { turned, threads }: { turned: boolean; threads: number },
): PatchPlan {
  const { units, width, filters, stride, bytes, sums } = common;
  const columnBytes = turned ? bytes.result : stride * bytes.part;
  const panelBytes = columnBytes * sums.bytes / FLOAT_BYTES;
  const panels = (turned ? stride * bytes.part : bytes.result) / sums.bytes;
  // The larger factor is what tasks had better share.
  const byBlocks = stride * bytes.part * filters > units * width * stride * bytes.part;
  const most = Math.min(CACHED_BYTES / panelBytes, byBlocks ? panels / threads : panels);
  const blockPanels = largestDivisor(panels, most);
  return {
    ...common,
    pieceUnits: 1,
    blockPanels,
    blocks: panels / blockPanels,
    byBlocks,
    panelBytes,
    linePlace: 0,
    scratchBytes: blockPanels * panelBytes,
  };
}

function planGradient(common: Common, threads: number): PatchPlan {
  const { units, width, stride, bytes, sums } = common;
  const pieceUnits = Math.min(units, Math.max(1, Math.floor(PIECE_PIXELS / width)));
  const pixels = pieceUnits * width;
  const panelBytes = pixels * sums.bytes, blockPanels = bytes.result / sums.bytes;
  const blocks = stride * bytes.part / LINE_BYTES;
  return {
    ...common,
    pieceUnits,
    blockPanels,
    blocks,
    byBlocks: blocks >= threads,
    panelBytes,
    linePlace: blockPanels * panelBytes,
    scratchBytes: blockPanels * panelBytes + pixels * LINE_BYTES,
  };
}

/** The largest number, no larger than `most` or 1, that divides another. */
function largestDivisor(of: number, most: number): number {
  let divisor = Math.max(1, Math.min(of, Math.floor(most)));
  while (of % divisor !== 0) divisor--;
  return divisor;
}

/**
 * Where in a unit of the images, or of the result, columns are: those of each panel, or each line for
 * a filter's gradient, in bytes.
 */
export function columnPlaces(work: ConvolutionWork, plan: PatchPlan): BigInt64Array<ArrayBuffer> {
  const { stride, sums, bytes, blocks, blockPanels } = plan;
  if (work === "convolution") {
    return BigInt64Array.from({ length: blocks * blockPanels }, (_, i) => BigInt(i * sums.bytes));
  }
  const step = work === "filterGradient" ? LINE_BYTES : sums.bytes;
  return BigInt64Array.from({ length: stride * bytes.part / step }, (_, i) => {
    const part = Math.floor(i * step / bytes.part);
    return BigInt(part * bytes.imageRow + i * step % bytes.part);
  });
}
