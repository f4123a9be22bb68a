import type { Raster } from "./nearest.ts";

/** A weighted span of source pixels. */
interface Span {
  first: number;
  weights: Float32Array;
}

/** Rounds halves up, also those that the last bits of a sum put a little below. */
const HALF_UP = 0.5 + 1e-3;

/**
 * Resizes by averaging over the area that each new pixel covers, as OpenCV's `INTER_AREA` does when
 * it makes an image smaller: source pixels count by the share of them that is covered.
 *
 * @param raster The image.
 * @param size The new width and height.
 * @returns The new values, rounded, `[height, width, channels]`.
 */
export function resizeArea(
  { values, width, height, channels }: Raster<Uint8Array>,
  size: { width: number; height: number },
): Uint8Array {
  const columns = spans(width, size.width), rows = spans(height, size.height);
  const resized = new Uint8Array(size.width * size.height * channels);
  const line = new Float32Array(width * channels);
  rows.forEach((row, y) => {
    line.fill(0);
    row.weights.forEach((weight, dy) => {
      const start = (row.first + dy) * line.length;
      for (let i = 0; i < line.length; i++) line[i]! += weight * values[start + i]!;
    });
    columns.forEach((column, x) => {
      const to = (y * size.width + x) * channels;
      for (let c = 0; c < channels; c++) {
        resized[to + c] = Math.floor(weighted(line, column, channels, c) + HALF_UP);
      }
    });
  });
  return resized;
}

function weighted(line: Float32Array, span: Span, channels: number, channel: number): number {
  let sum = 0;
  for (let i = 0; i < span.weights.length; i++) {
    sum += span.weights[i]! * line[(span.first + i) * channels + channel]!;
  }
  return sum;
}

function spans(from: number, to: number): Span[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const start = i * scale, end = Math.min(from, (i + 1) * scale);
    const first = Math.floor(start), last = Math.min(from, Math.ceil(end - 1e-9));
    const weights = Float32Array.from({ length: last - first }, (_, k) => {
      const pixel = first + k;
      return (Math.min(end, pixel + 1) - Math.max(start, pixel)) / (end - start);
    });
    return { first, weights };
  });
}
