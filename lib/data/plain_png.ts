import { Transformer } from "@napi-rs/image";
import type { ImageSize } from "./packed_frames.ts";

/** How a PNG's samples lie in it. */
export interface PngForm extends ImageSize {
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  depth: number;
  /** One of {@linkcode ColorType}, or another. */
  colorType: number;
  /** Whether it shows a coarse picture first, so that its rows do not follow each other. */
  isInterlaced: boolean;
  /** The types of the chunks before the pixels, such as `"iCCP"`, a colour profile; not the header's. */
  chunks: ReadonlySet<string>;
}

/** The PNG specification's colour types without transparency (11.2.1). */
export const ColorType = { GREYSCALE: 0, RGB: 2, PALETTE: 3 } as const;

/** What every PNG begins with: its signature, the length and the name of its header chunk (5.2). */
const BEGINNING = [137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82];
/** The length of the signature and the header chunk. */
export const PNG_HEADER_BYTES = 33;
/** Offsets in the header, which is the first chunk. */
const WIDTH_AT = 16, HEIGHT_AT = 20, DEPTH_AT = 24, COLOR_TYPE_AT = 25, INTERLACE_AT = 28;
/** The types of the chunks that hold the pixels, and of the last one. */
const PIXELS = "IDAT", END = "IEND";
/** Offsets in a chunk, the bytes behind its data, and all those around it. */
const TYPE_AT = 4, DATA_AT = 8, CHECKSUM_BYTES = 4, CHUNK_BYTES = DATA_AT + CHECKSUM_BYTES;

/**
 * Reads the form of a PNG, without decoding it.
 *
 * @param file The file, or its first {@linkcode PNG_HEADER_BYTES}, which lack the other chunks.
 * @returns Its form, or `undefined` if it is no PNG.
 */
export function pngForm(file: Uint8Array): PngForm | undefined {
  const isPng = file.length >= PNG_HEADER_BYTES && BEGINNING.every((byte, i) => file[i] === byte);
  if (!isPng) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, file.length);
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
    isInterlaced: file[INTERLACE_AT] !== 0,
    chunks,
  };
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
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (let at = PNG_HEADER_BYTES; at + CHUNK_BYTES <= file.length;) {
    const type = String.fromCharCode(...file.subarray(at + TYPE_AT, at + DATA_AT));
    const end = at + DATA_AT + view.getUint32(at);
    if (end + CHECKSUM_BYTES > file.length) return;
    yield { type, data: file.subarray(at + DATA_AT, end) };
    if (type === END) return; // What follows is none of the PNG's.
    at = end + CHECKSUM_BYTES;
  }
}

/**
 * Decodes the samples of a PNG of {@linkcode ColorType} `RGB` and 8 bits, beside the event loop. They
 * are the file's, whatever profile or gamma it names. sharp reads every format, but takes 1.4 times as
 * long.
 *
 * @param file The file, without a chunk `"tRNS"`, which would add a channel.
 * @returns The samples, row-major, the channels of a pixel side by side.
 * @throws {Error} if the file is damaged.
 */
export async function decodeRgb(file: Uint8Array): Promise<Uint8Array> {
  const { buffer, byteOffset, length } = await new Transformer(file).rawPixels();
  // The decoder's memory is not the collector's, who lets a gigabyte of it pile up; copies are.
  return new Uint8Array(buffer, byteOffset, length).slice();
}
