/**
 * The pixel of a row of `from` pixels that nearest-neighbour resizing takes for each of `to` pixels,
 * exactly as Pillow's `Image.resize(..., NEAREST)` picks it: the one that holds the new pixel's
 * centre, summed up in steps as there (`ImagingScaleAffine` in `libImaging/Geometry.c`).
 *
 * @param from The old number of pixels.
 * @param to The new one.
 * @returns `to` indices, each 0..from-1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { nearestIndices } from "./nearest.ts";
 *
 * assertEquals([...nearestIndices(2048, 256).subarray(0, 3)], [4, 12, 20]);
 * ```
 */
export function nearestIndices(from: number, to: number): Uint32Array {
  const scale = from / to;
  const indices = new Uint32Array(to);
  let at = scale * 0.5;
  for (let i = 0; i < to; i++) {
    indices[i] = Math.min(Math.trunc(at), from - 1);
    at += scale;
  }
  return indices;
}

/** An image of `channels` values a pixel. */
export interface Raster<T extends Uint8Array | Uint16Array> {
  /** `[H, W, channels]`, row-major. */
  values: T;
  width: number;
  height: number;
  channels: number;
}

/**
 * Resizes by {@linkcode nearestIndices}.
 *
 * @param raster The image.
 * @param size The new width and height.
 * @returns The new values, `[height, width, channels]`.
 */
export function resizeNearest<T extends Uint8Array | Uint16Array>(
  raster: Raster<T>,
  size: { width: number; height: number },
): T {
  const { values, width, height, channels } = raster;
  const columns = nearestIndices(width, size.width);
  const rows = nearestIndices(height, size.height);
  const Values = values.constructor as new (length: number) => T;
  const resized = new Values(size.width * size.height * channels);
  let to = 0;
  for (const row of rows) {
    for (const column of columns) {
      const from = (row * width + column) * channels;
      for (let channel = 0; channel < channels; channel++) {
        resized[to++] = values[from + channel]!;
      }
    }
  }
  return resized;
}
