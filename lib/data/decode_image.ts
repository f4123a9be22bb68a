import type { ImageSize } from "./packed_frames.ts";
import { ColorType, decodeRgb, type PngForm, pngForm } from "./png/mod.ts";
import { type Resampling, resizeImage } from "./resize_image.ts";

/** A decoded image. */
export interface RgbImage {
  /** `[H, W, 3]`, row-major, each value 0..255. */
  pixels: Uint8Array;
  width: number;
  height: number;
}

/**
 * Decodes an image file of any format that sharp reads; greyscale becomes grey RGB, transparency is
 * dropped, colours of another profile become sRGB; a camera's note of how it was held does not turn
 * it. Reading a file waits beside the event loop; decoding a plain PNG in 8-bit RGB (20 ms for
 * 2048x1024) does not.
 *
 * @param path A PNG, JPEG, WebP, TIFF, ... file.
 * @param content What is in the file, if it was read already.
 * @throws {Error} if the file is absent, cut short, or not an image; the message names it.
 */
export async function decodeImage(path: string, content?: Uint8Array): Promise<RgbImage> {
  try {
    return await decode(content ?? await Deno.readFile(path));
  } catch (error) {
    throw readError(path, error);
  }
}

/**
 * Decodes an image file as {@linkcode decodeImage} does and resizes it as {@linkcode resizeImage}
 * does, without a copy of the whole.
 *
 * @returns The resized image, and the size that it had.
 * @throws {Error} if the file is absent, cut short, or not an image; the message names it.
 */
export async function decodeResized(
  path: string,
  size: ImageSize,
  resampling: Resampling = "nearest",
): Promise<RgbImage & { original: ImageSize }> {
  try {
    const file = await Deno.readFile(path);
    const form = pngForm(file);
    if (form && isPlain(form)) {
      const original = sizeOf(form);
      const image = { pixels: decodeRgb(file, form), ...original };
      return { pixels: resizeImage(image, size, resampling), ...size, original };
    }
    const image = await decodeAny(file);
    return { pixels: resizeImage(image, size, resampling), ...size, original: sizeOf(image) };
  } catch (error) {
    throw readError(path, error);
  }
}

async function decode(file: Uint8Array): Promise<RgbImage> {
  const form = pngForm(file);
  return form && isPlain(form)
    ? { pixels: decodeRgb(file, form).slice(), ...sizeOf(form) }
    : await decodeAny(file);
}

function readError(path: string, error: unknown): Error {
  const { message } = error as Error;
  return new Error(`Cannot read the image ${path}: ${message}`, { cause: error });
}

/** Whether a PNG's samples are the pixels that are wanted, one row after the other. */
function isPlain({ colorType, depth, isInterlaced, chunks }: PngForm): boolean {
  return colorType === ColorType.RGB && depth === 8 && !isInterlaced && !chunks.has("iCCP") &&
    !chunks.has("tRNS");
}

async function decodeAny(file: Uint8Array): Promise<RgbImage> {
  // Loaded where it is wanted: without it threads start in half the time.
  const { default: sharp } = await import("sharp");
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
