// @ts-nocheck AssemblyScript: its compiler checks the types.

import { AVERAGE, NONE, PAETH, SUB, UP } from "./filter.ts";

/** Bytes of a vector. */
const WIDTH: u32 = 16;

/**
 * Undoes the filters of rows of pixels of one or two bytes (PNG specification, 9.2).
 *
 * Label images are made of areas, and most of a row says no more than "as above", which is looked for
 * by the vector.
 *
 * @param rows Where they are; 16 bytes behind them are read too.
 * @param length How many bytes a row has, but for the one that names its filter.
 * @param height How many rows there are.
 * @param pixelBytes How many bytes further left the byte is that counts as left: 1 or 2.
 * @param to Where a row of zeros goes, and then the unfiltered ones, which follow each other: memory of
 *   {@linkcode greyBytes}.
 * @returns 0, or the number of a filter that does not exist.
 */
export function unfilterGrey(
  rows: u32,
  length: u32,
  height: u32,
  pixelBytes: u32,
  to: u32,
): u32 {
  memory.fill(to, 0, length);
  for (let y: u32 = 0; y < height; y++, rows += 1 + length) {
    const above = to;
    to += length;
    const filter = <u32> load<u8>(rows), rests = rows + 1;
    if (filter === NONE) memory.copy(to, rests, length);
    else if (filter === SUB) addLeft(to, rests, length, pixelBytes);
    else if (filter === UP) addAbove(to, rests, length, above);
    else if (filter === AVERAGE) addAverage(to, rests, length, pixelBytes, above);
    else if (filter === PAETH) addNearest(to, rests, length, pixelBytes, above);
    else return filter;
  }
  return 0;
}

/** How many bytes of memory {@linkcode unfilterGrey} writes to. */
export function greyBytes(length: u32, height: u32): f64 {
  return <f64> length * (1 + <f64> height) + WIDTH;
}

// A byte of a row is a residual plus what is predicted of it. These may write, too, what is behind the
// row and comes later.

function addLeft(row: u32, rests: u32, length: u32, pixelBytes: u32): void {
  memory.copy(row, rests, min(pixelBytes, length));
  for (let i = pixelBytes; i < length; i++) {
    store<u8>(row + i, load<u8>(rests + i) + load<u8>(row + i - pixelBytes));
  }
}

function addAbove(row: u32, rests: u32, length: u32, above: u32): void {
  for (let i: u32 = 0; i < length; i += WIDTH) {
    v128.store(row + i, i8x16.add(v128.load(rests + i), v128.load(above + i)));
  }
}

function addAverage(row: u32, rests: u32, length: u32, pixelBytes: u32, above: u32): void {
  for (let i: u32 = 0; i < length; i++) {
    const left: u32 = i < pixelBytes ? 0 : load<u8>(row + i - pixelBytes);
    store<u8>(row + i, <u32> load<u8>(rests + i) + (left + load<u8>(above + i) >> 1));
  }
}

function addNearest(row: u32, rests: u32, length: u32, pixelBytes: u32, above: u32): void {
  // Left and above left of the row there are zeros.
  let isAsAbove = true;
  for (let i: u32 = 0; i < length; i += pixelBytes) {
    if (isAsAbove) {
      // Where left is as above left, above is nearest.
      i += copyAbove(row + i, rests + i, length - i, above + i) & ~(pixelBytes - 1);
      if (i >= length) return;
    }
    isAsAbove = true;
    for (let at = i; at < i + pixelBytes; at++) {
      const left: i32 = at < pixelBytes ? 0 : load<u8>(row + at - pixelBytes);
      const upperLeft: i32 = at < pixelBytes ? 0 : load<u8>(above + at - pixelBytes);
      const upper = <i32> load<u8>(above + at);
      const byte = <u8> (load<u8>(rests + at) + nearest(left, upper, upperLeft));
      store<u8>(row + at, byte);
      if (byte !== upper) isAsAbove = false;
    }
  }
}

/** Copies the bytes above as far as there are no residuals, and gives how far. */
function copyAbove(row: u32, rests: u32, length: u32, above: u32): u32 {
  for (let i: u32 = 0; i < length; i += WIDTH) {
    v128.store(row + i, v128.load(above + i));
    const isRest = i8x16.ne(v128.load(rests + i), i8x16.splat(0));
    if (v128.any_true(isRest)) return i + ctz(i8x16.bitmask(isRest));
  }
  return length;
}

/** Whichever is nearest to left + upper - upperLeft, the first one of two that are (9.4). */
function nearest(left: i32, upper: i32, upperLeft: i32): i32 {
  const toLeft = abs(upper - upperLeft), toUpper = abs(left - upperLeft);
  const toUpperLeft = abs(left + upper - 2 * upperLeft);
  if (toLeft <= toUpper && toLeft <= toUpperLeft) return left;
  return toUpper <= toUpperLeft ? upper : upperLeft;
}
