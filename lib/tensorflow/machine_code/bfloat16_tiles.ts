import type { Memory } from "./assembler.ts";
import { type Bfloat16Assembler, tileShapes } from "./bfloat16_assembler.ts";
import { ROW_BYTES, TILE_ROWS } from "./bfloat16_plan.ts";

// How products of matrices use the eight tiles of AMX: a square of up to two by two sums takes four of
// them, and the factors two each.

/** The registers of left and of right factors. */
const LEFT = [4, 5] as const, RIGHT = [6, 7] as const;

/** How many tiles of sums there are below each other and beside each other. */
export interface Square {
  below: 1 | 2;
  beside: 1 | 2;
}

/** The sums of a square: the register of each, and which of the factors it takes. */
export function squareOf(
  { below, beside }: Square,
): { sum: number; left: number; right: number }[] {
  return Array.from({ length: below * beside }, (_, sum) => ({
    sum,
    left: Math.floor(sum / beside),
    right: sum % beside,
  }));
}

/** The rows and bytes of the tiles, for products of so many terms at once. */
export function squareShapes(terms: number): Uint8Array<ArrayBuffer> {
  const sums = { rows: TILE_ROWS, bytes: ROW_BYTES };
  // A number of bfloat16 has two bytes; right factors have pairs of terms as rows.
  const left = { rows: TILE_ROWS, bytes: terms * 2 };
  const right = { rows: terms / 2, bytes: ROW_BYTES };
  return tileShapes([sums, sums, sums, sums, left, left, right, right]);
}

/**
 * Adds products to the sums of a square. All factors are loaded before: where another program uses AMX
 * in the same core, a tile that is loaded waits for the product that it was in.
 */
export function multiplyTiles(
  asm: Bfloat16Assembler,
  square: Square,
  factors: Record<"left" | "right", (index: number) => Memory & { index: number }>,
): void {
  for (let i = 0; i < square.beside; i++) asm.tileloadd(RIGHT[i]!, factors.right(i));
  for (let i = 0; i < square.below; i++) asm.tileloadd(LEFT[i]!, factors.left(i));
  for (const { sum, left, right } of squareOf(square)) {
    asm.tdpbf16ps(sum, LEFT[left]!, RIGHT[right]!);
  }
}
