/** In how many pixels a true and a predicted value met. */
export interface PairCount {
  /** The value in the true image, 0..255. */
  truth: number;
  /** The value in the predicted image, 0..255. */
  predicted: number;
  /** How many pixels have both. */
  pixels: number;
}

/**
 * Counts which values meet in two images of a size. What is said of a pair then need not be said of
 * each of its pixels: a frame has millions of these and a few hundred pairs.
 *
 * @param truth Values of the pixels of an image or a batch.
 * @param predicted Values of the same pixels.
 * @returns The pairs that occur, in the order of their values.
 * @throws {RangeError} if the two differ in length.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { countPairs } from "./count_pairs.ts";
 *
 * assertEquals(countPairs(Uint8Array.of(7, 7, 8), Uint8Array.of(7, 7, 7)), [
 *   { truth: 7, predicted: 7, pixels: 2 },
 *   { truth: 8, predicted: 7, pixels: 1 },
 * ]);
 * ```
 */
export function countPairs(truth: Uint8Array, predicted: Uint8Array): PairCount[] {
  if (truth.length !== predicted.length) {
    throw new RangeError(
      `Cannot compare images: expected ${truth.length} predicted pixels as in the truth, ` +
        `got ${predicted.length}`,
    );
  }
  // By all pairs of bytes.
  const table = new Uint32Array(256 * 256);
  const counted = countWords(truth, predicted, table);
  for (let i = counted; i < truth.length; i++) table[truth[i]! << 8 | predicted[i]!]!++;
  const pairs: PairCount[] = [];
  for (let cell = 0; cell < table.length; cell++) {
    const pixels = table[cell]!;
    if (pixels > 0) pairs.push({ truth: cell >> 8, predicted: cell & 255, pixels });
  }
  return pairs;
}

const WORD_BYTES = 4;

/**
 * Counts four pixels at a time. Images of labels are made of areas: mostly the next four are as the
 * four before, and are counted without a look at each.
 *
 * @param table The counts, by `truth << 8 | predicted`.
 * @returns How many pixels were counted, from the first on.
 */
function countWords(truth: Uint8Array, predicted: Uint8Array, table: Uint32Array): number {
  if (truth.byteOffset % WORD_BYTES !== 0 || predicted.byteOffset % WORD_BYTES !== 0) return 0;
  const count = Math.floor(truth.length / WORD_BYTES);
  const truths = new Uint32Array(truth.buffer, truth.byteOffset, count);
  const predictions = new Uint32Array(predicted.buffer, predicted.byteOffset, count);
  for (let i = 0; i < count;) {
    const trueWord = truths[i]!, predictedWord = predictions[i]!;
    const start = i++;
    while (i < count && truths[i] === trueWord && predictions[i] === predictedWord) i++;
    const words = i - start;
    for (let shift = 0; shift < 8 * WORD_BYTES; shift += 8) {
      table[(trueWord >>> shift & 255) << 8 | predictedWord >>> shift & 255]! += words;
    }
  }
  return count * WORD_BYTES;
}
