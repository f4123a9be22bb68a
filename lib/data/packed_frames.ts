import { requireWhole } from "../system/mod.ts";
import type { Frame } from "./dataset.ts";

/** More than that sharp takes for an attempt to fill the memory. */
const MOST_PIXELS = 0x3FFF ** 2;

/** A width and a height in pixels. */
export interface ImageSize {
  width: number;
  height: number;
}

/**
 * Checks that there can be images of a size.
 *
 * @param doing What cannot be done otherwise.
 * @throws {RangeError} if width or height is no whole number of 1 or more, or the pixels are more than
 *   sharp opens.
 */
export function requireSize(doing: string, { width, height }: ImageSize): void {
  requireWhole(doing, "a width", { least: 1, given: width });
  requireWhole(doing, "a height", { least: 1, given: height });
  if (width * height <= MOST_PIXELS) return;
  throw new RangeError(
    `Cannot ${doing}: expected at most ${MOST_PIXELS} pixels, got ${width}x${height}`,
  );
}

/** Frames at one size in plain arrays, ready to be cut into batches. */
export interface PackedFrames extends ImageSize {
  /** The frames, N of them. */
  frames: Frame[];
  /** `[N, H, W, 3]`, each value 0..255. */
  images: Uint8Array;
  /** Train ids `[N, H, W]`, {@linkcode VOID} where a pixel is not evaluated. */
  labels: Uint8Array;
}

/** The pixels of one frame, `[H, W, 3]`; a view, not a copy. */
export function imageOf({ images, width, height }: PackedFrames, index: number): Uint8Array {
  const size = width * height * 3;
  return images.subarray(index * size, (index + 1) * size);
}

/** The train ids of one frame, `[H, W]`; a view, not a copy. */
export function labelsOf({ labels, width, height }: PackedFrames, index: number): Uint8Array {
  const size = width * height;
  return labels.subarray(index * size, (index + 1) * size);
}
