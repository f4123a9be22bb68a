// @ts-nocheck AssemblyScript: its compiler checks the types.

import { bitsAhead, dropBits, isPastEnd, readAhead, takeBits } from "./bit_reader.ts";
import { IS_SPECIAL, valueOf, widthOf } from "./code_entry.ts";
import { joinLiterals, makeCodeTable } from "./code_table.ts";
import { CUT_SHORT, DAMAGED } from "./status.ts";
import {
  DISTANCE_SYMBOLS,
  distanceEntries,
  LITERAL_SYMBOLS,
  literalEntries,
  LITERALS,
  WIDTH_SYMBOLS,
  widthEntries,
} from "./symbols.ts";

/** How many bits index the table of a code; most codes are shorter, and few tables are large. */
export const LITERAL_BITS: u32 = 11;
export const DISTANCE_BITS: u32 = 9;
const WIDTH_BITS: u32 = 7;

/**
 * The tables of a block's codes (u32), each with room for the subtables of any code: no table of
 * literals needs more than 2342 entries, none of distances more than 594, as zlib's
 * `examples/enough.c` finds for 288 and 32 symbols.
 */
export const literalTable = memory.data(4 * 2400, 4);
export const distanceTable = memory.data(4 * 640, 4);
const widthTable = memory.data(4 << WIDTH_BITS, 4);

/** The widths of the codes of all symbols, the distances' behind the literals' (u8). */
const widths = memory.data(LITERAL_SYMBOLS + DISTANCE_SYMBOLS, 1);
/** The order in which the widths of the widths' codes come (RFC 1951, 3.2.7). */
const widthOrder = memory.data<u8>(
  [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15],
);
/** Symbols of widths above 15: the last width again, few zeros, many zeros. */
const AGAIN: u32 = 16, FEW_ZEROS: u32 = 17;

/** Makes the tables of a block whose codes are the fixed ones (RFC 1951, 3.2.6). */
export function makeFixedCodes(): void {
  memory.fill(widths, 8, 144);
  memory.fill(widths + 144, 9, 112);
  memory.fill(widths + 256, 7, 24);
  memory.fill(widths + 280, 8, 8);
  memory.fill(widths + LITERAL_SYMBOLS, 5, DISTANCE_SYMBOLS);
  makeTables(LITERAL_SYMBOLS, DISTANCE_SYMBOLS);
}

/** Makes the tables of a block that begins with its codes (RFC 1951, 3.2.7); gives 0 or what failed. */
export function readCodes(): i32 {
  const literals: u32 = LITERALS + 1 + takeBits(5), distances: u32 = 1 + takeBits(5);
  if (literals > LITERAL_SYMBOLS - 2 || distances > DISTANCE_SYMBOLS - 2) return DAMAGED;
  const given: u32 = 4 + takeBits(4);
  memory.fill(widths, 0, WIDTH_SYMBOLS);
  for (let i: u32 = 0; i < given; i++) {
    readAhead();
    store<u8>(widths + <u32> load<u8>(widthOrder + i), takeBits(3));
  }
  if (!makeCodeTable(widthTable, WIDTH_BITS, widthEntries, widths, WIDTH_SYMBOLS)) return DAMAGED;
  const status = readWidths(literals + distances);
  if (status < 0) return status;
  const hasEnd = load<u8>(widths + LITERALS) > 0;
  return hasEnd && makeTables(literals, distances) ? 0 : DAMAGED;
}

function readWidths(count: u32): i32 {
  for (let done: u32 = 0; done < count;) {
    if (isPastEnd()) return CUT_SHORT;
    readAhead();
    const entry = load<u32>(widthTable + 4 * (<u32> bitsAhead() & ((1 << WIDTH_BITS) - 1)));
    if (entry & IS_SPECIAL) return DAMAGED;
    const symbol = valueOf(entry, 0);
    dropBits(widthOf(entry));
    let width = symbol, times: u32 = 1;
    if (symbol >= AGAIN) {
      if (symbol === AGAIN && done === 0) return DAMAGED;
      width = symbol === AGAIN ? load<u8>(widths + done - 1) : 0;
      if (symbol === AGAIN) times = 3 + takeBits(2);
      else times = symbol === FEW_ZEROS ? 3 + takeBits(3) : 11 + takeBits(7);
      if (done + times > count) return DAMAGED;
    }
    memory.fill(widths + done, <u8> width, times);
    done += times;
  }
  return 0;
}

/** Makes the tables of codes of the literals and distances whose widths are there. */
function makeTables(literals: u32, distances: u32): bool {
  if (!makeCodeTable(literalTable, LITERAL_BITS, literalEntries, widths, literals)) return false;
  joinLiterals(literalTable, LITERAL_BITS);
  return makeCodeTable(
    distanceTable,
    DISTANCE_BITS,
    distanceEntries,
    widths + literals,
    distances,
  );
}
