import type { ImageSize } from "../packed_frames.ts";
import { inflatePixels } from "./inflate_pixels.ts";
import { rgbScratchBytes, unfilterRgb } from "./png.wasm";

const CHANNELS = 3;

/**
 * Decodes the samples of a PNG of {@linkcode ColorType} `RGB` and 8 bits that is not interlaced. They
 * are the file's, whatever profile or gamma it names.
 *
 * @param file The file.
 * @returns The samples `[H, W, 3]`, row-major, until the next PNG is decoded: what is kept must be
 *   copied.
 * @throws {Error} if the file is damaged.
 */
export function decodeRgb(file: Uint8Array, { width, height }: ImageSize): Uint8Array {
  const rowBytes = CHANNELS * width;
  const inflated = inflatePixels(file, (1 + rowBytes) * height, rgbScratchBytes(width));
  const filter = unfilterRgb(inflated.address, width, height, inflated.spare);
  if (filter > 0) throw new Error(`it has a row with the unknown filter ${filter}`);
  return inflated.bytes.subarray(0, rowBytes * height);
}
