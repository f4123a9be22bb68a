import { inflateSync } from "node:zlib";
import { concatBytes } from "../../system/mod.ts";
import { pixelChunks } from "./png_form.ts";

/** The most that Deflate makes of a byte: 258 bytes of two bits. */
const MOST_INFLATED = 1032;

/**
 * Inflates the filtered rows of a PNG.
 *
 * @param file The file.
 * @param length How many bytes its header promises.
 * @returns The bytes, which begin a buffer.
 * @throws {Error} if the file has other than so many, is cut short, or is not deflated.
 */
export function inflatePixels(file: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const chunks = pixelChunks(file);
  const deflated = chunks.length === 1 ? chunks[0]! : concatBytes(chunks);
  // Before memory is taken for what a header claims.
  if (length > deflated.length * MOST_INFLATED) {
    throw new Error("it has far fewer bytes of pixels than its header says");
  }
  const { buffer, byteOffset, byteLength } = inflateAtMost(deflated, length);
  if (byteLength !== length) {
    throw new Error(`it has ${byteLength} bytes of pixels instead of ${length}`);
  }
  const inflated = new Uint8Array(buffer, byteOffset, byteLength);
  return byteOffset === 0 ? inflated : inflated.slice();
}

function inflateAtMost(deflated: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  try {
    return inflateSync(deflated, { chunkSize: length + 64, maxOutputLength: length });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw error;
    throw new Error(`it has more than ${length} bytes of pixels`, { cause: error });
  }
}
