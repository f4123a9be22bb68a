import { crc32 } from "node:zlib";

/** The end of a PNG's signature and header. */
const HEADER_END = 33;

/** Puts a chunk behind a PNG's header. */
export function withChunk(png: Uint8Array, type: string, content: ArrayLike<number>): Uint8Array {
  const data = Uint8Array.from([...new TextEncoder().encode(type), ...Array.from(content)]);
  const chunk = new Uint8Array(4 + data.length + 4);
  chunk.set(data, 4);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, content.length);
  view.setUint32(4 + data.length, crc32(data));
  return Uint8Array.from([...png.subarray(0, HEADER_END), ...chunk, ...png.subarray(HEADER_END)]);
}
