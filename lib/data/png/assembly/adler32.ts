// @ts-nocheck AssemblyScript: its compiler checks the types.

/** The largest prime below 65536. */
const BASE: u32 = 65521;
/** So many bytes at a time keep every sum below 2 ** 32: a multiple of 16 below 5552. */
const CHUNK: u32 = 5536;

/** The checksum of bytes (RFC 1950, 8.2). */
export function adler32(from: u32, length: u32): u32 {
  let sum: u32 = 1, sumOfSums: u32 = 0;
  const firstWeights = i16x8(16, 15, 14, 13, 12, 11, 10, 9);
  const lastWeights = i16x8(8, 7, 6, 5, 4, 3, 2, 1), ones = i16x8.splat(1);
  const end = from + length;
  while (from + 16 <= end) {
    const count = min<u32>(CHUNK, (end - from) & ~15);
    let sums = i32x4.splat(0), before = i32x4.splat(0), weighted = i32x4.splat(0);
    for (const stop = from + count; from < stop; from += 16) {
      const bytes = v128.load(from);
      before = i32x4.add(before, sums);
      const first = i16x8.extend_low_i8x16_u(bytes), last = i16x8.extend_high_i8x16_u(bytes);
      sums = i32x4.add(sums, i32x4.dot_i16x8_s(i16x8.add(first, last), ones));
      weighted = i32x4.add(weighted, i32x4.dot_i16x8_s(first, firstWeights));
      weighted = i32x4.add(weighted, i32x4.dot_i16x8_s(last, lastWeights));
    }
    sumOfSums += sum * <u32> count + total(i32x4.add(i32x4.shl(before, 4), weighted));
    sumOfSums %= BASE;
    sum = (sum + total(sums)) % BASE;
  }
  for (; from < end; from++) {
    sum += load<u8>(from);
    sumOfSums += sum;
  }
  return sumOfSums % BASE << 16 | sum % BASE;
}

function total(sums: v128): u32 {
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
}
