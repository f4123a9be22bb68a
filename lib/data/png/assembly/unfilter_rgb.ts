// @ts-nocheck AssemblyScript: its compiler checks the types.

import { AVERAGE, PAETH, SUB, UP } from "./filter.ts";

/** Bytes of a pixel. */
const CHANNELS: u32 = 3;
/** Rows at a time. */
const ROWS: u32 = 4;
/** What each row of the scratch memory has more than the pixels of a row. */
const MARGIN: u32 = 32;

/**
 * Undoes the filters of rows of pixels of three bytes (PNG specification, 9.2), in place: each row of
 * pixels follows the one above, without the byte that named its filter.
 *
 * Four rows are done at once, each one pixel behind the one above. So a vector of four pixels has on
 * its left the vector before, above that one too, moved by a pixel, and above left what it had above
 * before.
 *
 * @param rows Where they are; what is behind them is read, {@linkcode rgbScratchBytes} at most.
 * @param width How many pixels a row has.
 * @param height How many rows there are.
 * @param scratch Memory of {@linkcode rgbScratchBytes}.
 * @returns 0, or the number of a filter that does not exist.
 */
export function unfilterRgb(rows: u32, width: u32, height: u32, scratch: u32): u32 {
  const length = CHANNELS * width, stride = length + MARGIN;
  let above = scratch + ROWS * stride;
  memory.fill(above, 0, stride);
  let to = rows;
  for (let y: u32 = 0; y < height; y += ROWS) {
    const count = min(ROWS, height - y);
    const from = rows + y * (1 + length);
    let filters = i32x4.splat(0);
    for (let row: u32 = 0; row < count; row++) {
      const filter = <u32> load<u8>(from + row * (1 + length));
      if (filter > PAETH) return filter;
      // Moved up, so that the first row's comes to lie lowest in the end.
      filters = v128.shuffle<u32>(filters, i32x4.splat(filter), 1, 2, 3, 4);
    }
    for (let row = count; row < ROWS; row++) {
      filters = v128.shuffle<u32>(filters, filters, 1, 2, 3, 3);
    }
    unfilterFour(from + 1, length, filters, above, scratch);
    for (let row: u32 = 0; row < count; row++, to += length) {
      memory.copy(to, scratch + row * stride, length);
    }
    above = to - length;
  }
  return 0;
}

/** How many bytes of memory {@linkcode unfilterRgb} needs beside its rows: four, and one of zeros. */
export function rgbScratchBytes(width: u32): f64 {
  return (ROWS + 1) * (CHANNELS * <f64> width + MARGIN);
}

/** Four rows, each a byte behind the end of the one before, to as many of the scratch memory. */
function unfilterFour(
  from: u32,
  length: u32,
  filters: v128,
  above: u32,
  scratch: u32,
): void {
  const isSub = i32x4.eq(filters, i32x4.splat(SUB)), isUp = i32x4.eq(filters, i32x4.splat(UP));
  const isAverage = i32x4.eq(filters, i32x4.splat(AVERAGE));
  const isPaeth = i32x4.eq(filters, i32x4.splat(PAETH));
  const step: u32 = 1 + length - CHANNELS, stride = length + MARGIN - CHANNELS;
  // Rows that have not begun have no residuals, and so stay 0.
  let begun = i32x4(-1, 0, 0, 0);
  let left = i32x4.splat(0), upper = i32x4.splat(0);
  for (let at: u32 = 0; at < length + (ROWS - 1) * CHANNELS; at += CHANNELS) {
    const upperLeft = upper;
    upper = behind(v128.load32_splat(above + at), left);
    const row = from + at;
    let rest = v128.load32_zero(row);
    rest = v128.load32_lane(row + step, rest, 1);
    rest = v128.load32_lane(row + 2 * step, rest, 2);
    rest = v128.load32_lane(row + 3 * step, rest, 3);
    const ofSub = v128.and(left, isSub), ofUp = v128.and(upper, isUp);
    const ofAverage = v128.and(average(left, upper), isAverage);
    const ofPaeth = v128.and(nearest(left, upper, upperLeft), isPaeth);
    const predicted = v128.or(v128.or(ofSub, ofUp), v128.or(ofAverage, ofPaeth));
    left = i8x16.add(v128.and(rest, begun), predicted);
    begun = behind(i32x4.splat(-1), begun);
    const pixel = scratch + at;
    v128.store32_lane(pixel, left, 0);
    v128.store32_lane(pixel + stride, left, 1);
    v128.store32_lane(pixel + 2 * stride, left, 2);
    v128.store32_lane(pixel + 3 * stride, left, 3);
  }
}

/** The first of a vector's four parts, and then the first three of another. */
function behind(first: v128, others: v128): v128 {
  return v128.shuffle<u32>(first, others, 3, 4, 5, 6);
}

/** The mean of bytes, rounded down. */
function average(left: v128, upper: v128): v128 {
  const odd = v128.and(v128.xor(left, upper), i8x16.splat(1));
  return i8x16.sub(i8x16.avgr_u(left, upper), odd);
}

/**
 * Whichever byte is nearest to left + upper - upperLeft, the first one of two that are (9.4).
 *
 * In bytes: left is as far from it as upper from upperLeft, upper as left from upperLeft, and upperLeft
 * the sum of both ways, with their signs. With one sign it is farthest; else as far as they differ.
 */
function nearest(left: v128, upper: v128, upperLeft: v128): v128 {
  const more = i8x16.sub_sat_u(upper, upperLeft), less = i8x16.sub_sat_u(upperLeft, upper);
  const more2 = i8x16.sub_sat_u(left, upperLeft), less2 = i8x16.sub_sat_u(upperLeft, left);
  const toLeft = v128.or(more, less), toUpper = v128.or(more2, less2);
  const isFarthest = i8x16.ne(
    v128.or(i8x16.min_u(more, more2), i8x16.min_u(less, less2)),
    i8x16.splat(0),
  );
  const difference = v128.or(i8x16.sub_sat_u(toLeft, toUpper), i8x16.sub_sat_u(toUpper, toLeft));
  const toUpperLeft = v128.or(difference, isFarthest);
  const least = i8x16.min_u(toUpper, toUpperLeft);
  const isUpper = i8x16.eq(least, toUpper);
  const isLeft = i8x16.eq(i8x16.min_u(toLeft, least), toLeft);
  return v128.bitselect(left, v128.bitselect(upper, upperLeft, isUpper), isLeft);
}
