// @ts-nocheck AssemblyScript: its compiler checks the types.

import { bitsAhead, countAhead, endOfBytes, goOnWith, nextByte } from "./bit_reader.ts";
import { DISTANCE_BITS, distanceTable, LITERAL_BITS, literalTable } from "./block_codes.ts";
import {
  bytesOf,
  HAS_SUBTABLE,
  indexInSubtable,
  IS_END,
  IS_SPECIAL,
  literalsOf,
  valueOf,
  widthOf,
} from "./code_entry.ts";
import { copyMatch } from "./copy_match.ts";
import { CUT_SHORT, DAMAGED, TOO_LONG } from "./status.ts";

/** The most bits of a distance: its code and its extra bits. */
const DISTANCE_MOST: u64 = 15 + 13;

/**
 * Inflates the symbols of a block whose codes were read.
 *
 * @param to Where its bytes go. Up to 300 more than there is room for may be written.
 * @param first The address of the first byte of all blocks.
 * @param end The address behind what there is room for.
 * @returns The address behind its bytes, or what failed, less than 0.
 */
export function inflateBlock(to: u32, first: u32, end: u32): i32 {
  let bits = bitsAhead(), count = countAhead(), next = nextByte();
  const last = endOfBytes() + 8;

  // As readAhead() does, here and below. The next entry is looked up early, so that it has come when
  // it is wanted.
  bits |= load<u64>(next) << count;
  next += <u32> ((63 - count) >> 3);
  count |= 56;
  let entry = literalAt(bits);
  while (next <= last) {
    if (to > end) return leave(bits, count, next, TOO_LONG);
    // Of 56 bits, three entries that are in the table itself take 33 at most, and the next look 11.
    for (let looks = 0; looks < 3 && literalsOf(entry) > 0; looks++) {
      store<u32>(to, bytesOf(entry));
      to += literalsOf(entry);
      bits >>= widthOf(entry);
      count -= widthOf(entry);
      entry = literalAt(bits);
    }
    if (literalsOf(entry) > 0) {
      bits |= load<u64>(next) << count;
      next += <u32> ((63 - count) >> 3);
      count |= 56;
      continue;
    }
    if (entry & HAS_SUBTABLE) {
      bits >>= widthOf(entry);
      count -= widthOf(entry);
      entry = load<u32>(literalTable + 4 * indexInSubtable(entry, bits));
      bits |= load<u64>(next) << count;
      next += <u32> ((63 - count) >> 3);
      count |= 56;
      if (literalsOf(entry) > 0) continue;
    }
    if (entry & IS_SPECIAL) {
      bits >>= widthOf(entry);
      count -= widthOf(entry);
      return leave(bits, count, next, entry & IS_END ? to : DAMAGED);
    }

    const length = valueOf(entry, bits);
    bits >>= widthOf(entry);
    count -= widthOf(entry);
    if (count < DISTANCE_MOST) {
      bits |= load<u64>(next) << count;
      next += <u32> ((63 - count) >> 3);
      count |= 56;
    }
    entry = load<u32>(distanceTable + 4 * (<u32> bits & ((1 << DISTANCE_BITS) - 1)));
    if (entry & IS_SPECIAL) {
      if (!(entry & HAS_SUBTABLE)) return leave(bits, count, next, DAMAGED);
      bits >>= widthOf(entry);
      count -= widthOf(entry);
      entry = load<u32>(distanceTable + 4 * indexInSubtable(entry, bits));
      if (entry & IS_SPECIAL) return leave(bits, count, next, DAMAGED);
    }
    const distance = valueOf(entry, bits);
    bits >>= widthOf(entry);
    count -= widthOf(entry);
    if (distance > to - first) return leave(bits, count, next, DAMAGED);
    bits |= load<u64>(next) << count;
    next += <u32> ((63 - count) >> 3);
    count |= 56;
    entry = literalAt(bits);
    copyMatch(to, distance, length);
    to += length;
  }
  return CUT_SHORT;
}

/** Hands back the bits that were not taken, and gives a result. */
function leave(bits: u64, count: u64, next: u32, result: i32): i32 {
  goOnWith(bits, count, next);
  return result;
}

function literalAt(bits: u64): u32 {
  return load<u32>(literalTable + 4 * (<u32> bits & ((1 << LITERAL_BITS) - 1)));
}
