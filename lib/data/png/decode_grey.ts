import type { ImageSize } from "../packed_frames.ts";
import { type InflatedPixels, inflatePixels } from "./inflate_pixels.ts";
import { greyBytes, memory, swapBytes, unfilterGrey } from "./png.wasm";
import type { PngForm } from "./png_form.ts";

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
 * @param file The file.
 * @param form What {@linkcode pngForm} said of it.
 * @returns The samples `[H, W]`, row-major; those of 16 bits as such, others as bytes.
 * @throws {Error} if the file is damaged.
 */
export function decodeGrey(file: Uint8Array, form: PngForm): Uint8Array | Uint16Array {
  const sizes = form.isInterlaced ? PASSES.map((pass) => sizeOf(pass, form)) : [form];
  const lengths = sizes.map((size) => filteredBytes(size, form.depth));
  const unfiltered = greyBytes(rowBytes(form.width, form.depth), form.height);
  const inflated = inflatePixels(file, sum(lengths), unfiltered);
  if (!form.isInterlaced) return samplesOf(inflated, form);
  const samples = form.depth === 16
    ? new Uint16Array(form.width * form.height)
    : new Uint8Array(form.width * form.height);
  for (const [i, pass] of PASSES.entries()) {
    const size = sizes[i]!;
    if (lengths[i] === 0) continue;
    const address = inflated.address + sum(lengths.slice(0, i));
    const part = samplesOf({ ...inflated, address }, { ...size, depth: form.depth });
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

function sum(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** The samples of filtered rows. */
function samplesOf(
  { address, spare }: InflatedPixels,
  { width, height, depth }: ImageSize & { depth: number },
): Uint8Array | Uint16Array {
  const length = rowBytes(width, depth);
  const filter = unfilterGrey(address, length, height, Math.ceil(depth / 8), spare);
  if (filter > 0) throw new Error(`it has a row with the unknown filter ${filter}`);
  const from = spare + length, to = from + length * height;
  if (depth === 16) {
    swapBytes(from, length * height);
    return new Uint16Array(memory.buffer.slice(from, to));
  }
  const packed = new Uint8Array(memory.buffer.slice(from, to));
  return depth === 8 ? packed : unpackBits(packed, { width, height, depth });
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
