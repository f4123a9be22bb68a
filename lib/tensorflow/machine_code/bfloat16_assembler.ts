import type { Memory } from "./assembler.ts";
import { AVX512, type Opcode, VectorAssembler } from "./vector_assembler.ts";

const LOAD_HALF: Opcode = { code: 0x10, table: 1, prefix: 0, half: true };
const STORE_HALF: Opcode = { code: 0x11, table: 1, prefix: 0, half: true };
const ROUND: Opcode = { code: 0x72, table: 2, prefix: 2 };
const ROUND_TWO: Opcode = { code: 0x72, table: 2, prefix: 3 };
const PERMUTE: Opcode = { code: 0x8d, table: 2, prefix: 1, wide: true };
const WIDEN: Opcode = { code: 0x33, table: 2, prefix: 1 };
const NARROW: Opcode = { code: 0x33, table: 2, prefix: 2 };
const OR: Opcode = { code: 0xeb, table: 1, prefix: 1 };

const HALF_BYTES = 32;

/** The codes of instructions on tiles, and the prefixes that they would have by themselves. */
const CONFIGURE = { code: 0x49, prefix: 0 }, CLEAR_TILE = { code: 0x49, prefix: 3 };
const LOAD_TILE = { code: 0x4b, prefix: 3 }, STORE_TILE = { code: 0x4b, prefix: 2 };
const ADD_PRODUCT = { code: 0x5c, prefix: 2 };

/**
 * Writes machine code that computes with bfloat16 too, on a processor with AVX512-BF16 and AMX. AMX has
 * eight registers that hold a tile each: rows of some bytes, as many of each as the program configures.
 */
export class Bfloat16Assembler extends VectorAssembler {
  constructor() {
    super(AVX512);
  }

  /** Loads half a vector, and makes the other half zero. */
  vmovupsHalf(to: number, from: Memory): void {
    this.emitVector(LOAD_HALF, to, 0, from, HALF_BYTES);
  }

  vmovupsHalfStore(to: Memory, from: number): void {
    this.emitVector(STORE_HALF, from, 0, to, HALF_BYTES);
  }

  /** Rounds float32 to bfloat16, which half a vector holds. */
  vcvtneps2bf16(to: number, from: number): void {
    this.emitVector(ROUND, to, 0, from);
  }

  /** Rounds the numbers of two vectors; those of `low` come first. */
  vcvtne2ps2bf16(to: number, high: number, low: number): void {
    this.emitVector(ROUND_TWO, to, high, low);
  }

  /** Puts numbers of 16 bits in another order. */
  vpermw(to: number, order: number, from: number): void {
    this.emitVector(PERMUTE, to, order, from);
  }

  /** Loads numbers of 16 bits as numbers of 32 bits. */
  vpmovzxwd(to: number, from: Memory): void {
    this.emitVector(WIDEN, to, 0, from, HALF_BYTES);
  }

  /** Stores the lower halves of numbers of 32 bits. */
  vpmovdwStore(to: Memory, from: number): void {
    this.emitVector(NARROW, from, 0, to, HALF_BYTES);
  }

  vpord(to: number, left: number, right: number): void {
    this.emitVector(OR, to, left, right);
  }

  /** Tells how many rows and bytes tiles have, as {@linkcode tileShapes} writes it. */
  ldtilecfg(from: Memory): void {
    this.#tile(CONFIGURE, 0, from);
  }

  /** Lets go of all tiles. */
  tilerelease(): void {
    this.#tile(CONFIGURE, 0, 0);
  }

  tilezero(tile: number): void {
    this.#tile(CLEAR_TILE, tile, 0);
  }

  /** Loads a tile; the index says how far its rows are from each other. */
  tileloadd(to: number, from: Memory & { index: number }): void {
    this.#tile(LOAD_TILE, to, from);
  }

  tilestored(to: Memory & { index: number }, from: number): void {
    this.#tile(STORE_TILE, from, to);
  }

  /**
   * Adds a product of matrices of bfloat16 to one of float32. Pairs of the right factor's rows are
   * interleaved: a row of the tile has of each column two numbers.
   */
  tdpbf16ps(to: number, left: number, right: number): void {
    this.#tile(ADD_PRODUCT, to, left, right);
  }

  /** An instruction on tiles, with the prefix VEX of three bytes. */
  #tile(
    { code, prefix }: { code: number; prefix: number },
    first: number,
    other: number | Memory,
    third = 0,
  ): void {
    const base = typeof other === "number" ? 0 : other.base;
    const index = typeof other === "number" ? 0 : other.index ?? 0;
    this.emit(0xc4, 0x82 | (~index >> 3 & 1) << 6 | (~base >> 3 & 1) << 5);
    this.emit((~third & 15) << 3 | prefix, code);
    this.emitOperands(first, other);
  }
}

/** The rows of each of eight tiles, and the bytes of a row, as `ldtilecfg` reads them. */
export function tileShapes(tiles: { rows: number; bytes: number }[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint8(0, 1);
  tiles.forEach(({ rows, bytes }, tile) => {
    view.setUint16(16 + tile * 2, bytes, true);
    view.setUint8(48 + tile, rows);
  });
  return new Uint8Array(view.buffer);
}
