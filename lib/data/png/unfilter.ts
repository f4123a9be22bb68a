/** How a row is filtered: its first byte (PNG specification, 9.2). */
const Filter = { NONE: 0, SUB: 1, UP: 2, AVERAGE: 3, PAETH: 4 } as const;

/** Bytes of a word, the step by which rows are compared. */
const WORD = 4;

/** A row of pixels as bytes, and as words of the same memory, which may reach further. */
export interface Row {
  bytes: Uint8Array;
  words: Uint32Array;
}

/** A row of so many bytes, all 0. */
export function newRow(length: number): Row {
  const words = new Uint32Array(Math.ceil(length / WORD));
  return { words, bytes: new Uint8Array(words.buffer, 0, length) };
}

/**
 * Undoes the filter of a row: a byte is a residual plus what the bytes left, above and above left of
 * it predict (PNG specification, 9.2). Where left is as above left, up and Paeth predict what is
 * above; words without residuals are passed over there.
 *
 * @param row The row that is written.
 * @param from The filter's number, the residuals, the row above, and how many bytes further left the
 *   byte is that counts as left: those of a pixel, at least 1.
 * @throws {Error} if there is no such filter.
 */
export function unfilter(
  row: Row,
  { filter, residuals, above, pixelBytes }: {
    filter: number;
    residuals: Row;
    above: Row;
    pixelBytes: number;
  },
): void {
  if (filter > Filter.PAETH) throw new Error(`it has a row with the unknown filter ${filter}`);
  if (filter === Filter.NONE) return row.words.set(residuals.words);
  const { bytes, words } = row, rests = residuals.bytes, restWords = residuals.words;
  const upper = above.bytes, upperWords = above.words, count = words.length;
  const mayPass = filter === Filter.UP || filter === Filter.PAETH;
  // The last pixel of a word is its upper bits.
  const tail = 8 * (WORD - pixelBytes);
  words.set(upperWords);
  let isAsAbove = true;
  for (let i = 0; i < count; i++) {
    if (mayPass && isAsAbove) {
      while (i < count && restWords[i] === 0) i++;
      if (i === count) return;
    }
    const end = Math.min((i + 1) * WORD, bytes.length);
    for (let at = i * WORD; at < end; at++) {
      const left = at < pixelBytes ? 0 : bytes[at - pixelBytes]!;
      const aboveLeft = at < pixelBytes ? 0 : upper[at - pixelBytes]!;
      bytes[at] = rests[at]! + predict(filter, left, upper[at]!, aboveLeft);
    }
    isAsAbove = filter === Filter.UP || (words[i]! ^ upperWords[i]!) >>> tail === 0;
  }
}

function predict(filter: number, left: number, above: number, aboveLeft: number): number {
  if (filter === Filter.UP) return above;
  if (filter === Filter.SUB) return left;
  if (filter === Filter.AVERAGE) return (left + above) >> 1;
  // Paeth: whichever is nearest to left + above - aboveLeft (9.4).
  const toLeft = Math.abs(above - aboveLeft), toAbove = Math.abs(left - aboveLeft);
  const toAboveLeft = Math.abs(left + above - 2 * aboveLeft);
  if (toLeft <= toAbove && toLeft <= toAboveLeft) return left;
  return toAbove <= toAboveLeft ? above : aboveLeft;
}
