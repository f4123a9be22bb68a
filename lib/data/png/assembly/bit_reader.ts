// @ts-nocheck AssemblyScript: its compiler checks the types.

/** The bits that were read ahead, the next one lowest, and how many they are, less than 64. */
let bits: u64 = 0;
let count: u64 = 0;
/** The address of the next byte, and of the one behind the last. */
let next: u32 = 0;
let end: u32 = 0;

export function openBits(address: u32, length: u32): void {
  bits = count = 0;
  next = address;
  end = address + length;
}

/**
 * Reads ahead, to 56 bits at least; of what is behind the end too, see {@linkcode isPastEnd}.
 *
 * It has no branch: 8 bytes are taken, but only whole ones that fit are counted. The others are read
 * once more later, to where they are already (the fourth variant of Fabian Giesen's "Reading bits in
 * far too many ways", https://fgiesen.wordpress.com/2018/02/20/).
 */
export function readAhead(): void {
  bits |= load<u64>(next) << count;
  next += <u32> ((63 - count) >> 3);
  count |= 56;
}

/** Whether more was read ahead than can be if no bit was taken that is not there. */
export function isPastEnd(): bool {
  return next > end + 8;
}

/** Whether bits were taken that are not there. */
export function isOvertaken(): bool {
  return next - <u32> (count >> 3) > end;
}

/** Up to 16 bits that were read ahead. */
export function takeBits(width: u32): u32 {
  const taken = <u32> bits & ((1 << width) - 1);
  dropBits(width);
  return taken;
}

export function dropBits(width: u32): void {
  bits >>= width;
  count -= width;
}

/** Drops the rest of a byte, and gives the address of the next one. */
export function toWholeByte(): u32 {
  goOnAt(next - <u32> (count >> 3));
  return next;
}

export function goOnAt(address: u32): void {
  bits = count = 0;
  next = address;
}

// For a loop that keeps them in local variables, which are faster.

export function bitsAhead(): u64 {
  return bits;
}

export function countAhead(): u64 {
  return count;
}

export function nextByte(): u32 {
  return next;
}

export function endOfBytes(): u32 {
  return end;
}

export function goOnWith(ahead: u64, aheadCount: u64, address: u32): void {
  bits = ahead;
  count = aheadCount;
  next = address;
}
