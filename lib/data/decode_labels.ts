import { decode } from "fast-png";
import sharp from "sharp";

/** A decoded label image. */
export interface LabelImage {
  /** Label ids `[H, W]`, row-major, as they are in the file. */
  ids: Uint8Array | Uint16Array;
  width: number;
  height: number;
}

const GREYSCALE = 0, PALETTE = 3;
/** Offsets in a PNG's header chunk (the PNG specification, 11.2.1). */
const DEPTH_AT = 24, COLOR_TYPE_AT = 25;

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
    const depth = file[DEPTH_AT], colorType = file[COLOR_TYPE_AT];
    if (colorType === GREYSCALE && (depth === 8 || depth === 16)) {
      return await decodeGreyscale(file, depth);
    }
    if (colorType === GREYSCALE || colorType === PALETTE) return decodeSamples(file);
    throw new Error("expected a PNG with one channel of ids or a palette");
  } catch (error) {
    throw new Error(`Cannot read the labels ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The usual cases, by sharp, which is faster. */
async function decodeGreyscale(file: Uint8Array, depth: 8 | 16): Promise<LabelImage> {
  const { data, info } = await sharp(file, { failOn: "error", ignoreIcc: true })
    .toColourspace(depth === 8 ? "b-w" : "grey16")
    .extractChannel(0)
    .raw({ depth: depth === 8 ? "uchar" : "ushort" })
    .toBuffer({ resolveWithObject: true });
  const ids = depth === 8
    ? new Uint8Array(data.buffer, data.byteOffset, data.length)
    : new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  return { ids, width: info.width, height: info.height };
}

/** The other cases: sharp would turn palette indices into colours and stretch a few bits to 8. */
function decodeSamples(file: Uint8Array): LabelImage {
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
