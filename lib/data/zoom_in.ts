import { resizeNearest } from "./nearest.ts";
import type { PreparedFrames } from "./prepared_frames.ts";

/**
 * The middle of each frame enlarged to the whole, as a camera with a narrower field of view sees it.
 *
 * @param frames The frames, which stay as they are.
 * @param factor How much larger things become, from 1 to where a pixel of the frame is left.
 * @throws {RangeError} for another factor.
 */
export function zoomIn(frames: PreparedFrames, factor: number): PreparedFrames {
  const { width, height } = frames, most = Math.min(width, height);
  if (!(factor >= 1 && factor <= most)) {
    throw new RangeError(`Cannot zoom in: expected a factor from 1 to ${most}, got ${factor}`);
  }
  const inner = { width: Math.round(width / factor), height: Math.round(height / factor) };
  const left = (width - inner.width) >> 1, top = (height - inner.height) >> 1;
  const zoomed = (values: Uint8Array, channels: number) => {
    const middle = new Uint8Array(inner.width * inner.height * channels);
    for (let y = 0; y < inner.height; y++) {
      const start = ((top + y) * width + left) * channels;
      const row = values.subarray(start, start + inner.width * channels);
      middle.set(row, y * inner.width * channels);
    }
    return resizeNearest({ values: middle, ...inner, channels }, { width, height });
  };
  return frames.map(({ image, labels }) => ({
    image: { ...image, pixels: zoomed(image.pixels, 3) },
    labels: zoomed(labels, 1),
  }));
}
