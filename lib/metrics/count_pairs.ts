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
  // A table for all pairs of bytes: no pixel needs a branch, which makes it several times faster.
  const table = new Uint32Array(256 * 256);
  for (let i = 0; i < truth.length; i++) table[truth[i]! << 8 | predicted[i]!]!++;
  const pairs: PairCount[] = [];
  for (let cell = 0; cell < table.length; cell++) {
    const pixels = table[cell]!;
    if (pixels > 0) pairs.push({ truth: cell >> 8, predicted: cell & 255, pixels });
  }
  return pairs;
}
