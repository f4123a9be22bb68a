import type { Memory } from "./assembler.ts";
import {
  AND,
  AVX2,
  CHOOSE_HALVES,
  COMPARE,
  type Opcode,
  VectorAssembler,
} from "./vector_assembler.ts";

const LOAD_SOME: Opcode = { code: 0x2c, table: 2, prefix: 1 };
const STORE_SOME: Opcode = { code: 0x2e, table: 2, prefix: 1 };
const STORE_FIRST: Opcode = { code: 0x11, table: 1, prefix: 2, single: true };
const AND_NOT: Opcode = { code: 0x55, table: 1, prefix: 0 };
const OR: Opcode = { code: 0x56, table: 1, prefix: 0 };
const TO_INTEGERS: Opcode = { code: 0x5b, table: 1, prefix: 1 };
const TO_FLOATS: Opcode = { code: 0x5b, table: 1, prefix: 0 };
const ADD_INTEGERS: Opcode = { code: 0xfe, table: 1, prefix: 1 };
const EQUAL_INTEGERS: Opcode = { code: 0x76, table: 1, prefix: 1 };
const SHUFFLE: Opcode = { code: 0xc6, table: 1, prefix: 0 };
const LESSER_INTEGERS: Opcode = { code: 0x3b, table: 2, prefix: 1 };
const STORE_BYTE: Opcode = { code: 0x14, table: 3, prefix: 1, single: true };
const PRODUCT_AND: Opcode = { code: 0xa8, table: 2, prefix: 1 };

/**
 * Writes machine code with more of AVX2, for what is short beside convolutions: a processor with AVX-512
 * runs it too.
 */
export class Avx2Assembler extends VectorAssembler {
  constructor() {
    super(AVX2);
  }

  /** Loads those numbers whose place in the mask is negative; the others become zero. */
  vmaskmovps(to: number, mask: number, from: Memory): void {
    this.emitVector(LOAD_SOME, to, mask, from);
  }

  /** Stores those numbers whose place in the mask is negative. */
  vmaskmovpsStore(to: Memory, mask: number, from: number): void {
    this.emitVector(STORE_SOME, from, mask, to);
  }

  /** Stores the first number of a vector. */
  vmovssStore(to: Memory, from: number): void {
    this.emitVector(STORE_FIRST, from, 0, to);
  }

  vandps(to: number, left: number, right: number | Memory): void {
    this.emitVector(AND, to, left, right);
  }

  /** Those bits of `right` that `left` does not have. */
  vandnps(to: number, left: number, right: number | Memory): void {
    this.emitVector(AND_NOT, to, left, right);
  }

  vorps(to: number, left: number, right: number | Memory): void {
    this.emitVector(OR, to, left, right);
  }

  /** Rounds to whole numbers of 32 bits. */
  vcvtps2dq(to: number, from: number): void {
    this.emitVector(TO_INTEGERS, to, 0, from);
  }

  vcvtdq2ps(to: number, from: number): void {
    this.emitVector(TO_FLOATS, to, 0, from);
  }

  vpaddd(to: number, left: number, right: number | Memory): void {
    this.emitVector(ADD_INTEGERS, to, left, right);
  }

  /** All bits where whole numbers are equal, else none. */
  vpcmpeqd(to: number, left: number, right: number | Memory): void {
    this.emitVector(EQUAL_INTEGERS, to, left, right);
  }

  /** Two numbers of each half of `left`, then two of each of `right`. */
  vshufps(to: number, left: number, right: number, which: number): void {
    this.emitVector(SHUFFLE, to, left, right);
    this.emit(which);
  }

  /** Two halves of two vectors. */
  vperm2f128(to: number, left: number, right: number, which: number): void {
    this.emitVector(CHOOSE_HALVES, to, left, right);
    this.emit(which);
  }

  /** All bits where a comparison, of which Intel's manual has the number, is true, else none. */
  vcmpps(to: number, left: number, right: number | Memory, comparison: number): void {
    this.emitVector(COMPARE, to, left, right);
    this.emit(comparison);
  }

  /** The lesser of whole numbers without a sign. */
  vpminud(to: number, left: number, right: number | Memory): void {
    this.emitVector(LESSER_INTEGERS, to, left, right);
  }

  /** Stores one byte of a vector's first half. */
  vpextrbStore(to: Memory, from: number, place: number): void {
    this.emitVector(STORE_BYTE, from, 0, to);
    this.emit(place);
  }

  /** `to = to * factor + addend` */
  vfmadd213ps(to: number, factor: number, addend: number | Memory): void {
    this.emitVector(PRODUCT_AND, to, factor, addend);
  }
}
