// @ts-nocheck AssemblyScript: its compiler checks the types.

import { IS_END, IS_SPECIAL, literalEntry, valueEntry } from "./code_entry.ts";

// The alphabets of Deflate (RFC 1951, 3.2.5 and 3.2.7), and the entries of their symbols (u32).

/** Literals, the end of a block, and lengths; the last two are none, but have codes of their own. */
export const LITERALS: u32 = 256;
const LENGTHS: u32 = 29;
export const LITERAL_SYMBOLS: u32 = LITERALS + 1 + LENGTHS + 2;
export const literalEntries = memory.data(4 * LITERAL_SYMBOLS, 4);

/** Distances; the last two are none. */
const DISTANCES: u32 = 30;
export const DISTANCE_SYMBOLS: u32 = DISTANCES + 2;
export const distanceEntries = memory.data(4 * DISTANCE_SYMBOLS, 4);

/** The widths of codes, and how often one is repeated. */
export const WIDTH_SYMBOLS: u32 = 19;
export const widthEntries = memory.data(4 * WIDTH_SYMBOLS, 4);

const LEAST_LENGTH: u32 = 3, MOST_LENGTH: u32 = 258;

function makeEntries(): void {
  for (let i: u32 = 0; i < LITERALS; i++) store<u32>(literalEntries + 4 * i, literalEntry(i));
  store<u32>(literalEntries + 4 * LITERALS, IS_SPECIAL | IS_END);
  let entry: u32 = literalEntries + 4 * (LITERALS + 1);
  // The first 8 have no extra bits, each 4 that follow one more; but the last is the longest.
  for (let i: u32 = 0, least = LEAST_LENGTH; i < LENGTHS - 1; i++, entry += 4) {
    const extraBits: u32 = i < 8 ? 0 : i / 4 - 1;
    store<u32>(entry, valueEntry(least, extraBits));
    least += 1 << extraBits;
  }
  store<u32>(entry, valueEntry(MOST_LENGTH, 0));
  store<u32>(entry + 4, IS_SPECIAL);
  store<u32>(entry + 8, IS_SPECIAL);
  // The first 4 have no extra bits, each 2 that follow one more.
  entry = distanceEntries;
  for (let i: u32 = 0, least: u32 = 1; i < DISTANCES; i++, entry += 4) {
    const extraBits: u32 = i < 4 ? 0 : i / 2 - 1;
    store<u32>(entry, valueEntry(least, extraBits));
    least += 1 << extraBits;
  }
  store<u32>(entry, IS_SPECIAL);
  store<u32>(entry + 4, IS_SPECIAL);
  for (let i: u32 = 0; i < WIDTH_SYMBOLS; i++) store<u32>(widthEntries + 4 * i, valueEntry(i, 0));
}

makeEntries();
