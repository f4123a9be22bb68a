import { resizeArea } from "./area.ts";
import type { RgbImage } from "./decode_image.ts";
import { resizeNearest } from "./nearest.ts";
import type { ImageSize } from "./packed_frames.ts";

/** How images are brought to another size. */
export const RESAMPLINGS = ["nearest", "area"] as const;

/** The name of a way to bring images to another size. */
export type Resampling = typeof RESAMPLINGS[number];

/**
 * Brings an image to another size, by nearest neighbour as in the template or by area averaging.
 *
 * @param image The image.
 * @param size The new width and height.
 * @param resampling How.
 * @returns `[height, width, 3]`, each value 0..255.
 */
export function resizeImage(
  { pixels, width, height }: RgbImage,
  size: ImageSize,
  resampling: Resampling = "nearest",
): Uint8Array {
  const resize = resampling === "area" ? resizeArea : resizeNearest<Uint8Array>;
  return resize({ values: pixels, width, height, channels: 3 }, size);
}
