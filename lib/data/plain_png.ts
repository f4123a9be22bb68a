import { Transformer } from "@napi-rs/image";
import type { ImageSize } from "./packed_frames.ts";

/** How a PNG's samples lie in it. */
export interface PngForm extends ImageSize {
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  depth: number;
  /** One of {@linkcode ColorType}, or another. */
  colorType: number;
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
const WIDTH_AT = 16, HEIGHT_AT = 20, DEPTH_AT = 24, COLOR_TYPE_AT = 25;
/** Offsets in a chunk, and the bytes around its data. */
const TYPE_AT = 4, DATA_AT = 8, CHUNK_BYTES = 12;

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
  for (let at = PNG_HEADER_BYTES; at + CHUNK_BYTES <= file.length;) {
    const type = String.fromCharCode(...file.subarray(at + TYPE_AT, at + DATA_AT));
    if (type === "IDAT") break;
    chunks.add(type);
    at += view.getUint32(at) + CHUNK_BYTES;
  }
  return {
    width: view.getUint32(WIDTH_AT),
    height: view.getUint32(HEIGHT_AT),
    depth: file[DEPTH_AT]!,
    colorType: file[COLOR_TYPE_AT]!,
    chunks,
  };
}

/**
 * Decodes the samples of a PNG of {@linkcode ColorType} `GREYSCALE` or `RGB` of 8 or 16 bits, beside
 * the event loop. They are the file's, whatever profile or gamma it names. sharp reads every format,
 * but takes longer: 1.4 times as long for photographs, about twice as long for label ids.
 *
 * @param form What {@linkcode pngForm} said, without a chunk `"tRNS"`, which would add a channel.
 * @returns The samples, row-major, the channels of a pixel side by side.
 * @throws {Error} if the file is damaged.
 */
export async function decodeSamples(
  file: Uint8Array,
  { depth }: PngForm,
): Promise<Uint8Array | Uint16Array> {
  const { buffer, byteOffset, length } = await new Transformer(file).rawPixels();
  // The decoder's memory is not the collector's, who lets a gigabyte of it pile up; copies are.
  const samples = new Uint8Array(buffer, byteOffset, length).slice();
  return depth === 16 ? new Uint16Array(samples.buffer) : samples;
}
