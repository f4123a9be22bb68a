import sharp from "sharp";
import type { ImageSize } from "./packed_frames.ts";

/**
 * Encodes an image as a PNG of 8 bits, without any conversion of colours.
 *
 * @param values `[H, W, channels]`, row-major.
 * @param form Its size; 3 channels are RGB, 1 is greyscale, such as label ids.
 */
export async function encodePng(
  values: Uint8Array,
  { width, height, channels }: ImageSize & { channels: 1 | 3 },
): Promise<Uint8Array<ArrayBuffer>> {
  const image = sharp(values, { raw: { width, height, channels } });
  // Told nothing, sharp makes three channels of one.
  return await (channels === 1 ? image.toColourspace("b-w") : image).png().toBuffer();
}
