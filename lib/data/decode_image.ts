import sharp from "sharp";

/** A decoded image. */
export interface RgbImage {
  /** `[H, W, 3]`, row-major, each value 0..255. */
  pixels: Uint8Array;
  width: number;
  height: number;
}

/**
 * Decodes an image file of any format that sharp reads; greyscale becomes grey RGB, transparency is
 * dropped.
 *
 * @param path A PNG, JPEG, WebP, TIFF, ... file.
 * @param content What is in the file, if it was read already.
 * @throws {Error} if the file is absent, cut short, or not an image; the message names it.
 */
export async function decodeImage(path: string, content?: Uint8Array): Promise<RgbImage> {
  try {
    const { data, info } = await sharp(content ?? path, { failOn: "error" })
      .toColourspace("srgb")
      .removeAlpha()
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    // A plain array: what is made from a Node.js Buffer by its constructor warns.
    return {
      pixels: new Uint8Array(data.buffer, data.byteOffset, data.length),
      width: info.width,
      height: info.height,
    };
  } catch (error) {
    throw new Error(`Cannot read the image ${path}: ${(error as Error).message}`, { cause: error });
  }
}
