import { decodeImage } from "../decode_image.ts";
import { encodePng } from "../encode_png.ts";
import { formatSize } from "../image_note.ts";
import type { ImageSize } from "../packed_frames.ts";
import { type Resampling, resizeImage } from "../resize_image.ts";

/** An image of an archive, and what is made of it. */
export interface ImageToShrink {
  /** The path of the archive, and the image's name in it. */
  archive: string;
  name: string;
  /** What is in its file. */
  content: Uint8Array;
  /** The size that it must have. */
  original: ImageSize;
  /** The size that it is brought to, and how. */
  size: ImageSize;
  images: Resampling;
}

/**
 * Makes an image smaller.
 *
 * @returns A PNG.
 * @throws {Error} naming the image, if it cannot be read or has another size than expected.
 */
export async function shrinkImage(
  { archive, name, content, original, size, images }: ImageToShrink,
): Promise<Uint8Array> {
  const image = await decodeImage(`${archive}: ${name}`, content);
  if (formatSize(image) !== formatSize(original)) {
    throw new Error(
      `Cannot prepare ${name} of ${archive}: expected ${formatSize(original)} as ` +
        `of the others, got ${formatSize(image)}`,
    );
  }
  return await encodePng(resizeImage(image, size, images), { ...size, channels: 3 });
}
