// @ts-nocheck AssemblyScript: its compiler checks the types.

import { adler32 } from "./adler32.ts";
import {
  endOfBytes,
  goOnAt,
  isOvertaken,
  openBits,
  readAhead,
  takeBits,
  toWholeByte,
} from "./bit_reader.ts";
import { makeFixedCodes, readCodes } from "./block_codes.ts";
import { inflateBlock } from "./inflate_block.ts";
import { CUT_SHORT, DAMAGED, TOO_LONG, WRONG_CHECKSUM } from "./status.ts";

/** The header of zlib (RFC 1950, 2.2): Deflate, with a window of up to 2 ** (8 + 7) bytes. */
const HEADER_BYTES: u32 = 2;
const METHOD: u32 = 0x0f, DEFLATE: u32 = 8, MOST_WINDOW: u32 = 7, HAS_DICTIONARY: u32 = 0x20;
const CHECKSUM_BYTES: u32 = 4, STORED_HEADER_BYTES: u32 = 4;

/** Types of blocks (RFC 1951, 3.2.3). */
const STORED: u32 = 0, FIXED: u32 = 1, DYNAMIC: u32 = 2;

/**
 * Inflates bytes in zlib's format (RFC 1950), and compares their checksum.
 *
 * @param from Where they are; 32 bytes behind them must be there, but count for nothing.
 * @param length How many there are.
 * @param to Where the inflated bytes go; 300 bytes behind them are used too.
 * @param room How many there may be.
 * @returns How many there are, or what failed, less than 0.
 */
export function inflate(from: u32, length: u32, to: u32, room: u32): i32 {
  if (length < HEADER_BYTES) return CUT_SHORT;
  const method = <u32> load<u8>(from), flags = <u32> load<u8>(from + 1);
  const isSound = (method & METHOD) === DEFLATE && method >> 4 <= MOST_WINDOW &&
    (method << 8 | flags) % 31 === 0;
  if (!isSound || flags & HAS_DICTIONARY) return DAMAGED;
  openBits(from + HEADER_BYTES, length - HEADER_BYTES);
  let end: i32 = to;
  for (let isLast = false; !isLast;) {
    readAhead();
    isLast = takeBits(1) === 1;
    end = inflateNext(end, to, to + room);
    // Behind the end there are zeros, which may be read as any code.
    if ((end === DAMAGED || end === TOO_LONG) && isOvertaken()) return CUT_SHORT;
    if (end < 0) return end;
  }
  if (<u32> end > to + room) return isOvertaken() ? CUT_SHORT : TOO_LONG;
  const checksum = toWholeByte();
  if (checksum + CHECKSUM_BYTES > endOfBytes()) return CUT_SHORT;
  const isSame = adler32(to, end - to) === bswap(load<u32>(checksum));
  return isSame ? end - to : WRONG_CHECKSUM;
}

function inflateNext(to: u32, first: u32, end: u32): i32 {
  const type = takeBits(2);
  if (type === STORED) return copyStored(to, end);
  if (type === FIXED) makeFixedCodes();
  else if (type === DYNAMIC) {
    const status = readCodes();
    if (status < 0) return status;
  } else return DAMAGED;
  return inflateBlock(to, first, end);
}

/** A block that is not deflated (RFC 1951, 3.2.4). */
function copyStored(to: u32, end: u32): i32 {
  const header = toWholeByte();
  const from = header + STORED_HEADER_BYTES;
  if (from > endOfBytes()) return CUT_SHORT;
  const length = <u32> load<u16>(header);
  if ((length ^ <u32> load<u16>(header, 2)) !== 0xffff) return DAMAGED;
  if (from + length > endOfBytes()) return CUT_SHORT;
  if (to + length > end) return TOO_LONG;
  memory.copy(to, from, length);
  goOnAt(from + length);
  return to + length;
}
