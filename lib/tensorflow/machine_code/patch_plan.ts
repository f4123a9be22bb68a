import { blockSize } from "./block_size.ts";
import type { ConvolutionShape, ConvolutionWork } from "./convolution_shape.ts";
import { registerBlock } from "./matrix_product.ts";
import { FLOAT_BYTES } from "./number_bytes.ts";
import { LINE_BYTES } from "./task.ts";
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
 * right factor is copied panel by panel, of which each is as wide as the sums that registers hold. A
 * block is some of its panels.
 */
export interface PatchPlan extends PatchShape {
  /** How many there are. */
  units: number;
  /** How many panels there are at once. */
  panels: number;
  blocks: number;
  /** Whether tasks share the blocks, not the units. */
  byBlocks: boolean;
  /** The rows and vectors of a block of sums, and how wide it is, in bytes. */
  sums: { rows: number; vectors: number; bytes: number };
  /** The bytes of a part of a pixel, of a pixel of the result, and of a row of the images. */
  bytes: Record<"part" | "result" | "imageRow", number>;
  /** The bytes of a panel, which come one after the other in the scratch memory. */
  panelBytes: number;
  scratchBytes: number;
}

/**
 * How the gradient with respect to the filter is divided. Both factors are copied, for a piece of the
 * units at a time: the right one whole, of the left one, which a block is a line of, that.
 */
export interface PatchGradientPlan extends PatchPlan {
  /** How many units a piece has at most. */
  pieceUnits: number;
  /** Where the copied line is in the scratch memory. */
  linePlace: number;
}

/** So much of the right factor a core's second cache holds beside the rest. */
const CACHED_BYTES = 256 << 10;
/** Of so many pixels, if rows have no more, a panel and a line stay in a core's first cache. */
const PIECE_PIXELS = 128;

/** Divides a convolution among at most so many tasks: turned it is the gradient with respect to images. */
export function planPatches(
  shape: PatchShape,
  { isa, threads, turned }: { isa: VectorIsa; threads: number; turned: boolean },
): PatchPlan {
  const { width, channels, filters, stride } = shape;
  const common = sizesOf(shape, isa, { turned }), { units, sums } = common;
  const taken = turned ? filters : stride ** 2 * channels;
  const made = turned ? stride ** 2 * channels : filters;
  const panelBytes = taken * sums.bytes, all = made * FLOAT_BYTES / sums.bytes;
  // The larger factor is what tasks had better share, and what there is enough of.
  const byBlocks = made > units * width || units < threads && all > units;
  const panels = blockSize(all, {
    step: 1,
    most: Math.min(CACHED_BYTES / panelBytes, byBlocks ? all / threads : all),
    threads: byBlocks ? threads : 1,
  });
  return {
    ...common,
    panels,
    panelBytes,
    blocks: all / panels,
    byBlocks,
    scratchBytes: panels * panelBytes,
  };
}

/** Divides the gradient with respect to the filter among at most so many tasks. */
export function planPatchGradient(
  shape: PatchShape,
  { isa, threads }: { isa: VectorIsa; threads: number },
): PatchGradientPlan {
  const { width, stride } = shape;
  const common = sizesOf(shape, isa, { turned: false }), { units, bytes, sums } = common;
  const pieceUnits = Math.min(units, Math.max(1, Math.floor(PIECE_PIXELS / width)));
  const pixels = pieceUnits * width, blocks = stride * bytes.part / LINE_BYTES;
  const panelBytes = pixels * sums.bytes, panels = bytes.result / sums.bytes;
  return {
    ...common,
    pieceUnits,
    panels,
    panelBytes,
    blocks,
    byBlocks: blocks >= threads,
    linePlace: panels * panelBytes,
    scratchBytes: panels * panelBytes + pixels * LINE_BYTES,
  };
}

function sizesOf(
  shape: PatchShape,
  isa: VectorIsa,
  { turned }: { turned: boolean },
): Pick<PatchPlan, keyof PatchShape | "units" | "sums" | "bytes"> {
  const { batch, height, width, channels, filters, stride } = shape;
  const part = stride * channels * FLOAT_BYTES, result = filters * FLOAT_BYTES;
  const size = registerBlock(isa, turned ? part : result);
  return {
    ...shape,
    units: batch * height,
    sums: { ...size, bytes: size.vectors * isa.bytes },
    bytes: { part, result, imageRow: width * part },
  };
}

/** How many pixels of a row are computed at once: its width must be a multiple. */
export function pixelsAtOnce(work: ConvolutionWork, shape: PatchShape, isa: VectorIsa): number {
  if (work === "filterGradient") return 1;
  return sizesOf(shape, isa, { turned: work === "turnedConvolution" }).sums.rows;
}

/**
 * Where in a unit of the images, or of the result, columns are: those of each panel, or of each line for
 * a filter's gradient, in bytes.
 */
export function columnPlaces(work: ConvolutionWork, plan: PatchPlan): BigInt64Array<ArrayBuffer> {
  const { stride, sums, bytes } = plan;
  if (work === "convolution") {
    const panels = bytes.result / sums.bytes;
    return BigInt64Array.from({ length: panels }, (_, i) => BigInt(i * sums.bytes));
  }
  const step = work === "filterGradient" ? LINE_BYTES : sums.bytes;
  return BigInt64Array.from({ length: stride * bytes.part / step }, (_, i) => {
    const part = Math.floor(i * step / bytes.part);
    return BigInt(part * bytes.imageRow + i * step % bytes.part);
  });
}
