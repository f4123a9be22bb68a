import { decode } from "fast-png";
import { decodeGrey } from "./grey_png.ts";
import { ColorType, pngForm } from "./plain_png.ts";

/** A decoded label image. */
export interface LabelImage {
  /** Label ids `[H, W]`, row-major, as they are in the file. */
  ids: Uint8Array | Uint16Array;
  width: number;
  height: number;
}

/**
 * Decodes a label image without any conversion of colours: a sample is an id, in a palette PNG the
 * index.
 *
 * @param path A PNG with one channel of 8 or 16 bits, or a palette.
 * @param content What is in the file, if it was read already.
 * @throws {Error} if the file is absent, broken or has another form; the message names it.
 */
export async function decodeLabels(path: string, content?: Uint8Array): Promise<LabelImage> {
  try {
    const file = content ?? await Deno.readFile(path);
    const form = pngForm(file);
    if (form?.colorType !== ColorType.GREYSCALE && form?.colorType !== ColorType.PALETTE) {
      throw new Error("expected a PNG with one channel of ids or a palette");
    }
    const { width, height, depth, isInterlaced } = form;
    const isUsual = depth >= 8 && !isInterlaced;
    return isUsual ? { ids: decodeGrey(file, form), width, height } : unpack(file);
  } catch (error) {
    throw new Error(`Cannot read the labels ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Reads palette indices and ids of fewer bits, which others would turn into colours. */
function unpack(file: Uint8Array): LabelImage {
  const { data, depth, width, height } = decode(file);
  if (depth < 8) return { ids: unpackBits(data as Uint8Array, depth, width), width, height };
  return { ids: data as Uint8Array | Uint16Array, width, height };
}

/** Samples of 1, 2 or 4 bits, whose rows each start at a new byte, as one byte each. */
function unpackBits(packed: Uint8Array, depth: number, width: number): Uint8Array {
  const rowBytes = Math.ceil(width * depth / 8);
  const height = packed.length / rowBytes;
  const ids = new Uint8Array(width * height);
  const mask = (1 << depth) - 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = packed[y * rowBytes + (bit >> 3)]!;
      ids[y * width + x] = (byte >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return ids;
}
