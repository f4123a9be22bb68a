import { crc32 } from "node:zlib";
import type { ImageSize } from "../packed_frames.ts";

/** How a PNG's samples lie in it. */
export interface PngForm extends ImageSize {
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  depth: number;
  /** One of {@linkcode ColorType}. */
  colorType: number;
  /** Whether it shows a coarse picture first, so that its rows do not follow each other. */
  isInterlaced: boolean;
  /** The types of the chunks before the pixels, such as `"iCCP"`, a colour profile; not the header's. */
  chunks: ReadonlySet<string>;
}

/** The PNG specification's colour types (11.2.1). */
export const ColorType = { GREYSCALE: 0, RGB: 2, PALETTE: 3, GREY_ALPHA: 4, RGBA: 6 } as const;

/** By colour type, the bits that a sample may have (11.2.1). */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  [ColorType.GREYSCALE]: [1, 2, 4, 8, 16],
  [ColorType.RGB]: [8, 16],
  [ColorType.PALETTE]: [1, 2, 4, 8],
  [ColorType.GREY_ALPHA]: [8, 16],
  [ColorType.RGBA]: [8, 16],
};
/** The largest width and height (11.2.1). */
const MOST_PIXELS = 2 ** 31 - 1;

/** What every PNG begins with: its signature, the length and the name of its header chunk (5.2). */
const BEGINNING = [137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82];
/** The length of the signature and the header chunk. */
export const PNG_HEADER_BYTES = 33;
/** Offsets in the header, which is the first chunk. */
const WIDTH_AT = 16, HEIGHT_AT = 20, DEPTH_AT = 24, COLOR_TYPE_AT = 25, COMPRESSION_AT = 26;
const FILTERING_AT = 27, INTERLACE_AT = 28, HEADER_CHECKSUM_AT = 29;
/** The types of the chunks that hold the pixels, and of the last one. */
const PIXELS = "IDAT", END = "IEND";
/** Offsets in a chunk, the bytes behind its data, and all those around it. */
const TYPE_AT = 4, DATA_AT = 8, CHECKSUM_BYTES = 4, CHUNK_BYTES = DATA_AT + CHECKSUM_BYTES;

/**
 * Reads the form of a PNG, without decoding it.
 *
 * @param file The file, or its first {@linkcode PNG_HEADER_BYTES}, which lack the other chunks.
 * @returns Its form, or `undefined` if it is no PNG or has a damaged header.
 */
export function pngForm(file: Uint8Array): PngForm | undefined {
  const isPng = file.length >= PNG_HEADER_BYTES && BEGINNING.every((byte, i) => file[i] === byte);
  if (!isPng || !isHeaderSound(file)) return undefined;
  const view = viewOf(file);
  const chunks = new Set<string>();
  for (const { type } of chunksOf(file)) {
    if (type === PIXELS) break;
    chunks.add(type);
  }
  return {
    width: view.getUint32(WIDTH_AT),
    height: view.getUint32(HEIGHT_AT),
    depth: file[DEPTH_AT]!,
    colorType: file[COLOR_TYPE_AT]!,
    isInterlaced: file[INTERLACE_AT] === 1,
    chunks,
  };
}

/** Whether a header is as it was written, and says nothing that the specification does not know. */
function isHeaderSound(file: Uint8Array): boolean {
  const view = viewOf(file);
  const isSize = (pixels: number) => pixels > 0 && pixels <= MOST_PIXELS;
  return crc32(file.subarray(WIDTH_AT - TYPE_AT, HEADER_CHECKSUM_AT)) ===
      view.getUint32(HEADER_CHECKSUM_AT) &&
    isSize(view.getUint32(WIDTH_AT)) && isSize(view.getUint32(HEIGHT_AT)) &&
    DEPTHS[file[COLOR_TYPE_AT]!]?.includes(file[DEPTH_AT]!) === true &&
    file[COMPRESSION_AT] === 0 && file[FILTERING_AT] === 0 && file[INTERLACE_AT]! <= 1;
}

/**
 * The parts of the deflated pixels of a PNG.
 *
 * @throws {Error} if the file is cut short.
 */
export function pixelChunks(file: Uint8Array): Uint8Array[] {
  const chunks = [...chunksOf(file)];
  if (chunks.at(-1)?.type !== END) throw new Error("it is cut short");
  return chunks.filter(({ type }) => type === PIXELS).map(({ data }) => data);
}

/** The chunks behind the header; those that are cut short are left out. */
function* chunksOf(file: Uint8Array): Generator<{ type: string; data: Uint8Array }> {
  const view = viewOf(file);
  for (let at = PNG_HEADER_BYTES; at + CHUNK_BYTES <= file.length;) {
    const type = String.fromCharCode(...file.subarray(at + TYPE_AT, at + DATA_AT));
    const end = at + DATA_AT + view.getUint32(at);
    if (end + CHECKSUM_BYTES > file.length) return;
    yield { type, data: file.subarray(at + DATA_AT, end) };
    if (type === END) return; // What follows is none of the PNG's.
    at = end + CHECKSUM_BYTES;
  }
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
