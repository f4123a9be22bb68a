// @ts-nocheck AssemblyScript: its compiler checks the types.

// An entry of a table of codes says what the bits mean that it was found by:
//
//   bits 0-5    how many bits it takes, extra bits included
//   bits 6-10   how many of these are the code; in a subtable, without those that led there
//   bits 11-26  the least value; extra bits add to it
//   bits 27-29  see below
//   bits 30-31  how many literals it is, 1 or 2, which are in bits 6-21 then; 0 for another entry

/** Anything else but literals and values. */
export const IS_SPECIAL: u32 = 1 << 29;
/** Special: the code is longer; the value is where its subtable is, indexed by so many bits as a code. */
export const HAS_SUBTABLE: u32 = 1 << 28;
/** Special: the end of a block. */
export const IS_END: u32 = 1 << 27;

const LITERALS_AT: u32 = 30;

/** The entry of a literal, and of a value, before {@linkcode withCode}. */
export function literalEntry(byte: u32): u32 {
  return 1 << LITERALS_AT | byte << 6;
}

export function valueEntry(least: u32, extraBits: u32): u32 {
  return least << 11 | extraBits;
}

/** The entry of a symbol whose code has a width. */
export function withCode(entry: u32, width: u32): u32 {
  return entry + width + (literalsOf(entry) === 0 ? width << 6 : 0);
}

export function subtableEntry(at: u32, indexBits: u32, width: u32): u32 {
  return IS_SPECIAL | HAS_SUBTABLE | at << 11 | indexBits << 6 | width;
}

/** The entry of two literals, one after the other. */
export function joined(first: u32, second: u32): u32 {
  return 2 << LITERALS_AT | (second & 0x3fc0) << 8 | (first & 0x3fc0) + widthOf(first) +
      widthOf(second);
}

export function literalsOf(entry: u32): u32 {
  return entry >> LITERALS_AT;
}

/** The literals, the first one lowest. */
export function bytesOf(entry: u32): u32 {
  return entry >> 6;
}

/** How many bits it takes. */
export function widthOf(entry: u32): u32 {
  return entry & 63;
}

/** The value that an entry and the bits that it takes are. */
export function valueOf(entry: u32, bits: u64): u32 {
  const extra = (<u32> bits & ((1 << widthOf(entry)) - 1)) >> codeWidthOf(entry);
  return (entry >> 11 & 0xffff) + extra;
}

/** Where in the whole table the entry is that a longer code leads to, whose first bits were dropped. */
export function indexInSubtable(entry: u32, bits: u64): u32 {
  return (entry >> 11 & 0xffff) + (<u32> bits & ((1 << codeWidthOf(entry)) - 1));
}

function codeWidthOf(entry: u32): u32 {
  return entry >> 6 & 31;
}
