import type { ImageSize } from "../packed_frames.ts";
import { inflatePixels } from "./inflate_pixels.ts";
import type { PngForm } from "./png_form.ts";
import { newRow, type Row, unfilter } from "./unfilter.ts";

/** Every so many-th column and row from one on: what a pass of an interlaced image has. */
interface Pass {
  x: number;
  y: number;
  stepX: number;
  stepY: number;
}

/** The passes of an interlaced image: Adam7 (PNG specification, 8.2). */
const PASSES: readonly Pass[] = [
  { x: 0, y: 0, stepX: 8, stepY: 8 },
  { x: 4, y: 0, stepX: 8, stepY: 8 },
  { x: 0, y: 4, stepX: 4, stepY: 8 },
  { x: 2, y: 0, stepX: 4, stepY: 4 },
  { x: 0, y: 2, stepX: 2, stepY: 4 },
  { x: 1, y: 0, stepX: 2, stepY: 2 },
  { x: 0, y: 1, stepX: 1, stepY: 2 },
];

/**
 * Decodes a PNG of one channel: grey values or indices of a palette.
 *
 * Label images are made of areas, and most of a row says no more than "as above". Looked for by the
 * word, that takes less than half of the time of decoders for photographs.
 *
 * @param file The file.
 * @param form What {@linkcode pngForm} said of it.
 * @returns The samples `[H, W]`, row-major; those of 16 bits as such, others as bytes.
 * @throws {Error} if the file is damaged.
 */
export function decodeGrey(file: Uint8Array, form: PngForm): Uint8Array | Uint16Array {
  const sizes = form.isInterlaced ? PASSES.map((pass) => sizeOf(pass, form)) : [form];
  const lengths = sizes.map((size) => filteredBytes(size, form.depth));
  const filtered = inflatePixels(file, lengths.reduce((sum, length) => sum + length));
  if (!form.isInterlaced) return samplesOf(filtered, form);
  const samples = form.depth === 16
    ? new Uint16Array(form.width * form.height)
    : new Uint8Array(form.width * form.height);
  let end = 0;
  for (const [i, pass] of PASSES.entries()) {
    const size = sizes[i]!, start = end;
    end += lengths[i]!;
    if (start === end) continue;
    const part = samplesOf(filtered.slice(start, end), { ...size, depth: form.depth });
    for (let from = 0; from < part.length; from++) {
      const x = pass.x + from % size.width * pass.stepX;
      const y = pass.y + Math.floor(from / size.width) * pass.stepY;
      samples[y * form.width + x] = part[from]!;
    }
  }
  return samples;
}

function sizeOf({ x, y, stepX, stepY }: Pass, { width, height }: ImageSize): ImageSize {
  return {
    width: Math.ceil(Math.max(width - x, 0) / stepX),
    height: Math.ceil(Math.max(height - y, 0) / stepY),
  };
}

function rowBytes(width: number, depth: number): number {
  return Math.ceil(width * depth / 8);
}

/** Each row has a byte that names its filter; an image without columns has no rows. */
function filteredBytes({ width, height }: ImageSize, depth: number): number {
  return width === 0 ? 0 : (1 + rowBytes(width, depth)) * height;
}

/** The samples of filtered rows, which begin a buffer; it is used for what is returned. */
function samplesOf(
  filtered: Uint8Array<ArrayBuffer>,
  { width, height, depth }: ImageSize & { depth: number },
): Uint8Array | Uint16Array {
  const length = rowBytes(width, depth);
  // Rows are shorter without their filters, and so never reach those that are still to come.
  const packed = filtered.subarray(0, length * height);
  let row = newRow(length), above = newRow(length);
  const residuals = newRow(length);
  for (let y = 0; y < height; y++) {
    const start = y * (1 + length);
    const filter = filtered[start]!;
    residuals.bytes.set(filtered.subarray(start + 1, start + 1 + length));
    unfilter(row, { filter, residuals, above, pixelBytes: Math.ceil(depth / 8) });
    if (depth === 16) swapBytes(row, residuals);
    packed.set(depth === 16 ? residuals.bytes : row.bytes, y * length);
    [row, above] = [above, row];
  }
  if (depth === 16) return new Uint16Array(packed.buffer, 0, width * height);
  return depth === 8 ? packed : unpackBits(packed, { width, height, depth });
}

/** Samples of 16 bits come with their higher byte first; processors want it last. */
function swapBytes({ words }: Row, swapped: Row): void {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    swapped.words[i] = (word & 0xff00ff) << 8 | word >>> 8 & 0xff00ff;
  }
}

/** Samples of 1, 2 or 4 bits, whose rows each start at a new byte, as one byte each. */
function unpackBits(
  packed: Uint8Array,
  { width, height, depth }: ImageSize & { depth: number },
): Uint8Array {
  const length = rowBytes(width, depth);
  const samples = new Uint8Array(width * height);
  const mask = (1 << depth) - 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = packed[y * length + (bit >> 3)]!;
      samples[y * width + x] = byte >> 8 - depth - (bit & 7) & mask;
    }
  }
  return samples;
}
