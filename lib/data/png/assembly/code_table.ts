// @ts-nocheck AssemblyScript: its compiler checks the types.

import { IS_SPECIAL, joined, literalsOf, subtableEntry, widthOf, withCode } from "./code_entry.ts";

/** The longest code, and the most symbols, of Deflate (RFC 1951, 3.2.7). */
const MOST_BITS: u32 = 15;
const MOST_SYMBOLS: i32 = 288 + 32;

/** By width, the number of its codes, and where the next of their symbols goes (u16). */
const counts = memory.data(2 * (MOST_BITS + 1), 2);
const places = memory.data(2 * (MOST_BITS + 1), 2);
/** The symbols in the order of their codes (u16). */
const sorted = memory.data(2 * MOST_SYMBOLS, 2);

/**
 * Makes the table that decodes a canonical Huffman code (RFC 1951, 3.2.2): the next bits, as a number,
 * are where it says what they mean. Codes with more bits than the index go on in subtables behind it.
 *
 * @param table Where it is made (u32, see code_entry.ts).
 * @param indexBits How many bits its index has.
 * @param entries The entry of each symbol (u32).
 * @param widths How many bits the code of each symbol has, 0 for none (u8).
 * @param symbols How many there are.
 * @returns Whether there is such a code. One of no symbol, or of one with one bit, is allowed.
 */
export function makeCodeTable(
  table: u32,
  indexBits: u32,
  entries: u32,
  widths: u32,
  symbols: u32,
): bool {
  const left = sortSymbols(widths, symbols);
  if (left < 0) return false;
  if (left > 0) return makeSmallTable(table, indexBits, entries, symbols);
  // Codes count upwards, their first bit highest; an index has it lowest, and counts in mirror.
  let code: u32 = 0, place: u32 = sorted;
  let width: u32 = 1;
  for (; width <= indexBits; width++) {
    for (let rest = countOf(width); rest > 0; rest--, place += 2) {
      const symbol = <u32> load<u16>(place);
      store<u32>(table + 4 * code, withCode(load<u32>(entries + 4 * symbol), width));
      if (isLast(code, width)) {
        for (; width < indexBits; width++) double(table, width);
        return true;
      }
      code = following(code, width);
    }
    if (width < indexBits) double(table, width);
  }
  makeSubtables(table, indexBits, entries, place, code);
  return true;
}

/** Sorts symbols by code; gives how many codes of the most bits are left, less than 0 if too few. */
function sortSymbols(widths: u32, symbols: u32): i32 {
  memory.fill(counts, 0, 2 * (MOST_BITS + 1));
  for (let i: u32 = 0; i < symbols; i++) {
    const count = counts + 2 * <u32> load<u8>(widths + i);
    store<u16>(count, load<u16>(count) + 1);
  }
  let sum: u32 = 0, left: i32 = 1 << MOST_BITS;
  for (let width: u32 = 1; width <= MOST_BITS; width++) {
    store<u16>(places + 2 * width, sum);
    sum += countOf(width);
    left -= countOf(width) << (MOST_BITS - width);
  }
  for (let i: u32 = 0; i < symbols; i++) {
    const width = <u32> load<u8>(widths + i);
    if (width === 0) continue;
    const place = <u32> load<u16>(places + 2 * width);
    store<u16>(places + 2 * width, place + 1);
    store<u16>(sorted + 2 * place, i);
  }
  return left;
}

function countOf(width: u32): u32 {
  return load<u16>(counts + 2 * width);
}

/** The table of a code that has no symbol, or one of one bit. */
function makeSmallTable(table: u32, indexBits: u32, entries: u32, symbols: u32): bool {
  const used = symbols - countOf(0);
  if (used > 1 || used !== countOf(1)) return false;
  for (let i: u32 = 0; i < 1 << indexBits; i++) store<u32>(table + 4 * i, IS_SPECIAL);
  if (used === 0) return true;
  const entry = withCode(load<u32>(entries + 4 * <u32> load<u16>(sorted)), 1);
  for (let i: u32 = 0; i < 1 << indexBits; i += 2) store<u32>(table + 4 * i, entry);
  return true;
}

function isLast(code: u32, width: u32): bool {
  return code === (1 << width) - 1;
}

/** The next code: 1 is added to its mirror image, in which the lowest 0 is the highest here. */
function following(code: u32, width: u32): u32 {
  const bit: u32 = 1 << (31 - clz(code ^ ((1 << width) - 1)));
  return code & (bit - 1) | bit;
}

/** Makes a table with an index of so many bits one with an index of one more, which says nothing yet. */
function double(table: u32, indexBits: u32): void {
  memory.copy(table + (4 << indexBits), table, 4 << indexBits);
}

/** Makes the subtables of codes that are longer than the index, from one of them on. */
function makeSubtables(
  table: u32,
  indexBits: u32,
  entries: u32,
  place: u32,
  code: u32,
): void {
  const mask: u32 = (1 << indexBits) - 1;
  let prefix: u32 = mask + 1; // None.
  let at: u32 = 0, size: u32 = 0, end: u32 = 1 << indexBits;
  for (let width = indexBits + 1; width <= MOST_BITS; width++) {
    for (let rest = countOf(width); rest > 0; rest--, place += 2) {
      if ((code & mask) !== prefix) {
        prefix = code & mask;
        const bits = subtableBits(indexBits, width, rest);
        at = end;
        size = 1 << bits;
        end += size;
        store<u32>(table + 4 * prefix, subtableEntry(at, bits, indexBits));
      }
      const symbol = <u32> load<u16>(place);
      const entry = withCode(load<u32>(entries + 4 * symbol), width - indexBits);
      for (let i = code >> indexBits; i < size; i += 1 << (width - indexBits)) {
        store<u32>(table + 4 * (at + i), entry);
      }
      if (isLast(code, width)) return;
      code = following(code, width);
    }
  }
}

/** How many bits the index of a subtable needs, whose first code is one of the last of its width. */
function subtableBits(indexBits: u32, width: u32, rest: u32): u32 {
  let left: i32 = (1 << (width - indexBits)) - rest;
  while (left > 0) {
    width++;
    left = 2 * left - countOf(width);
  }
  return width - indexBits;
}

/** Joins literals whose codes fit into the index together, so that one look finds both. */
export function joinLiterals(table: u32, indexBits: u32): void {
  // Downwards: what is further down then is still of one literal.
  for (let i: i32 = (1 << indexBits) - 1; i >= 0; i--) {
    const first = load<u32>(table + 4 * i);
    if (literalsOf(first) === 0) continue;
    const second = load<u32>(table + 4 * (i >> widthOf(first)));
    if (literalsOf(second) === 0 || widthOf(first) + widthOf(second) > indexBits) continue;
    store<u32>(table + 4 * i, joined(first, second));
  }
}
