import sharp from "sharp";
import type { ImageSize } from "./packed_frames.ts";
import { ColorType, decodeRgb, type PngForm, pngForm } from "./png/mod.ts";

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
    const file = content ?? await Deno.readFile(path);
    const form = pngForm(file);
    return form && isPlain(form)
      ? { pixels: await decodeRgb(file), ...sizeOf(form) }
      : await decodeAny(file);
  } catch (error) {
    throw new Error(`Cannot read the image ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Whether a PNG's samples are the pixels that are wanted. */
function isPlain({ colorType, depth, chunks }: PngForm): boolean {
  return colorType === ColorType.RGB && depth === 8 && !chunks.has("iCCP") && !chunks.has("tRNS");
}

async function decodeAny(file: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(file, { failOn: "error" })
    .toColourspace("srgb")
    .removeAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  // A plain array: what is made from a Node.js Buffer by its constructor warns.
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { pixels, ...sizeOf(info) };
}

function sizeOf({ width, height }: ImageSize): ImageSize {
  return { width, height };
}
