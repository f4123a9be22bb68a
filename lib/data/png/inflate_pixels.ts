import { CUT_SHORT, DAMAGED, TOO_LONG, WRONG_CHECKSUM } from "./assembly/status.ts";
import { freeMemory, inflate, memory } from "./png.wasm";
import { pixelChunks } from "./png_form.ts";

/** The most that Deflate makes of a byte: 258 bytes of two bits. */
const MOST_INFLATED = 1032;
/** Bytes behind others that the module uses too. Where it reads farther, the spare memory is there. */
const MARGIN = 512;
/** The unit in which its memory grows, and how far its addresses reach. */
const PAGE = 65536, MOST_MEMORY = 2 ** 31;

/** Bytes in the memory of `png.wasm`, until the next image is inflated. */
export interface InflatedPixels {
  bytes: Uint8Array;
  address: number;
  /** The address of the spare memory. */
  spare: number;
}

/**
 * Inflates the filtered rows of a PNG. The memory for it is kept, as large as the largest one needed.
 *
 * @param file The file.
 * @param length How many bytes its header promises.
 * @param spareBytes How much memory is wanted behind them.
 * @returns The bytes.
 * @throws {Error} if the file has other than so many, is cut short, is not deflated, or has another
 *   checksum.
 */
export function inflatePixels(
  file: Uint8Array,
  length: number,
  spareBytes: number,
): InflatedPixels {
  const chunks = pixelChunks(file);
  const deflated = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  // Before memory is taken for what a header claims.
  if (length > deflated * MOST_INFLATED) {
    throw new Error("it has far fewer bytes of pixels than its header says");
  }
  const from = freeMemory(), address = from + deflated + MARGIN, spare = address + length + MARGIN;
  reserve(spare + spareBytes);
  const all = new Uint8Array(memory.buffer);
  let end = from;
  for (const chunk of chunks) {
    all.set(chunk, end);
    end += chunk.length;
  }
  all.fill(0, end, address);
  const count = inflate(from, deflated, address, length);
  if (count !== length) throw new Error(faultOf(count, length));
  return { bytes: all.subarray(address, address + length), address, spare };
}

function reserve(bytes: number): void {
  if (bytes > MOST_MEMORY) {
    throw new Error(`it is too large: decoding it takes ${bytes} bytes, of at most ${MOST_MEMORY}`);
  }
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
}

function faultOf(count: number, length: number): string {
  const faults: Record<number, string> = {
    [DAMAGED]: "its pixels are not what Deflate makes",
    [CUT_SHORT]: "its pixels are cut short",
    [TOO_LONG]: `it has more than ${length} bytes of pixels`,
    [WRONG_CHECKSUM]: "its pixels have another checksum than it says",
  };
  return faults[count] ?? `it has ${count} bytes of pixels instead of ${length}`;
}
