// @ts-nocheck AssemblyScript: its compiler checks the types.

/**
 * Swaps the bytes of samples of 16 bits, which come with their higher byte first; processors want it
 * last.
 *
 * @param at Where they are; 16 bytes behind them are swapped too.
 * @param length How many bytes they are.
 */
export function swapBytes(at: u32, length: u32): void {
  const swapped = i8x16(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  for (const end = at + length; at < end; at += 16) {
    v128.store(at, v128.swizzle(v128.load(at), swapped));
  }
}
