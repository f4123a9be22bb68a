import { Assembler, type Memory } from "./assembler.ts";
import { FLOAT_BYTES } from "./number_bytes.ts";

/** A processor's instructions on vectors: AVX-512, or AVX2 with FMA. */
export interface VectorIsa {
  name: "AVX2" | "AVX-512";
  /** How many bytes a vector has. */
  bytes: 32 | 64;
  /** How many vectors fit into registers. */
  registers: 16 | 32;
}

/** Those that code is made for. */
export const AVX2: VectorIsa = { name: "AVX2", bytes: 32, registers: 16 };
export const AVX512: VectorIsa = { name: "AVX-512", bytes: 64, registers: 32 };

/** Which table of opcodes an instruction is in, and the prefix that it would have by itself. */
export interface Opcode {
  code: number;
  table: 1 | 2 | 3;
  prefix: 0 | 1 | 2 | 3;
  /** Whether it has the bit that instructions on numbers of 64 bits have, and some others. */
  wide?: true;
  /** Whether it is on half a vector of AVX-512. */
  half?: true;
  /** Whether it is on one number of a vector of AVX2. */
  single?: true;
}

const LOAD: Opcode = { code: 0x10, table: 1, prefix: 0 };
const STORE: Opcode = { code: 0x11, table: 1, prefix: 0 };
const ADD: Opcode = { code: 0x58, table: 1, prefix: 0 };
const MULTIPLY: Opcode = { code: 0x59, table: 1, prefix: 0 };
const SUBTRACT: Opcode = { code: 0x5c, table: 1, prefix: 0 };
const LOW_PAIRS: Opcode = { code: 0x14, table: 1, prefix: 0 };
const HIGH_PAIRS: Opcode = { code: 0x15, table: 1, prefix: 0 };
const LOW_QUADS: Opcode = { code: 0x14, table: 1, prefix: 1, wide: true };
const HIGH_QUADS: Opcode = { code: 0x15, table: 1, prefix: 1, wide: true };
const SHUFFLE_QUARTERS: Opcode = { code: 0x23, table: 3, prefix: 1 };
export const CHOOSE_HALVES: Opcode = { code: 0x06, table: 3, prefix: 1 };
const XOR: Opcode = { code: 0xef, table: 1, prefix: 1 };
const BROADCAST: Opcode = { code: 0x18, table: 2, prefix: 1 };
const SQUARE_ROOT: Opcode = { code: 0x51, table: 1, prefix: 0 };
export const AND: Opcode = { code: 0x54, table: 1, prefix: 0 };
const DIVIDE: Opcode = { code: 0x5e, table: 1, prefix: 0 };
const MAXIMUM: Opcode = { code: 0x5f, table: 1, prefix: 0 };
export const COMPARE: Opcode = { code: 0xc2, table: 1, prefix: 0 };
const MOVE: Opcode = { code: 0x28, table: 1, prefix: 0 };
const ADD_PRODUCT: Opcode = { code: 0xb8, table: 2, prefix: 1 };
const SUBTRACT_PRODUCT: Opcode = { code: 0xbc, table: 2, prefix: 1 };

const SHIFT: Opcode = { code: 0x72, table: 1, prefix: 1 };

/** Which of the shifts that share an opcode; they stand where a register would. */
const LEFT = 6, RIGHT = 2;
/** Compares whether the first is greater; not so if one is not a number. */
const GREATER = 0x1e;
/** A register of masks. */
const MASK = 1;

/** Writes machine code that computes with vectors of float32 too. */
export class VectorAssembler extends Assembler {
  readonly isa: VectorIsa;

  constructor(isa: VectorIsa) {
    super();
    this.isa = isa;
  }

  /** Loads a vector, from memory or another register. */
  vmovups(to: number, from: number | Memory): void {
    this.emitVector(LOAD, to, 0, from);
  }

  vmovupsStore(to: Memory, from: number): void {
    this.emitVector(STORE, from, 0, to);
  }

  /** Loads one number into all places of a vector. */
  vbroadcastss(to: number, from: Memory): void {
    this.emitVector(BROADCAST, to, 0, from, FLOAT_BYTES);
  }

  vaddps(to: number, left: number, right: number | Memory): void {
    this.emitVector(ADD, to, left, right);
  }

  vsubps(to: number, left: number, right: number | Memory): void {
    this.emitVector(SUBTRACT, to, left, right);
  }

  vmulps(to: number, left: number, right: number | Memory): void {
    this.emitVector(MULTIPLY, to, left, right);
  }

  vdivps(to: number, left: number, right: number | Memory): void {
    this.emitVector(DIVIDE, to, left, right);
  }

  vsqrtps(to: number, of: number): void {
    this.emitVector(SQUARE_ROOT, to, 0, of);
  }

  /** The larger of two; the second where one is not a number. */
  vmaxps(to: number, left: number, right: number | Memory): void {
    this.emitVector(MAXIMUM, to, left, right);
  }

  /**
   * Makes those numbers of a vector zero where others are not greater than zero.
   *
   * @param others What is compared; it is lost.
   * @param zero A register that is zero.
   */
  keepWherePositive(vector: number, others: number, zero: number): void {
    if (this.isa === AVX512) {
      this.emitVector(COMPARE, MASK, others, zero);
      this.emit(GREATER);
      this.emitVector(MOVE, vector, 0, vector, this.isa.bytes, MASK);
    } else {
      this.emitVector(COMPARE, others, others, zero);
      this.emit(GREATER);
      this.emitVector(AND, vector, vector, others);
    }
  }

  /**
   * Transposes as many vectors as a vector has numbers.
   *
   * @param from The place of each row, and `to` that of each column.
   */
  transpose(from: (row: number) => Memory, to: (column: number) => Memory): void {
    const size = this.isa.bytes / FLOAT_BYTES, lanes = size / 4;
    for (let row = 0; row < size; row++) this.vmovups(row, from(row));
    // Four rows at a time: of each lane of 128 bits four columns.
    for (let first = 0; first < size; first += 4) {
      const [a, b, c, d] = [first, first + 1, first + 2, first + 3] as const;
      const [e, f, g, h] = [size + a, size + b, size + c, size + d] as const;
      this.emitVector(LOW_PAIRS, e, a, b);
      this.emitVector(HIGH_PAIRS, f, a, b);
      this.emitVector(LOW_PAIRS, g, c, d);
      this.emitVector(HIGH_PAIRS, h, c, d);
      this.emitVector(LOW_QUADS, a, e, g);
      this.emitVector(HIGH_QUADS, b, e, g);
      this.emitVector(LOW_QUADS, c, f, h);
      this.emitVector(HIGH_QUADS, d, f, h);
    }
    // Then the lanes.
    for (let column = 0; column < 4; column++) {
      const groups = Array.from({ length: lanes }, (_, i) => column + i * 4);
      const spare = groups.map((register) => register + size);
      const [a, b, c, d] = groups as [number, number, number, number];
      const [e, f, g, h] = spare as [number, number, number, number];
      const pick = (opcode: Opcode, of: [number, number, number], which: number) => {
        this.emitVector(opcode, ...of);
        this.emit(which);
      };
      if (lanes === 2) {
        pick(CHOOSE_HALVES, [e, a, b], 0x20);
        pick(CHOOSE_HALVES, [f, a, b], 0x31);
        this.vmovupsStore(to(column), e);
        this.vmovupsStore(to(column + 4), f);
      } else {
        pick(SHUFFLE_QUARTERS, [e, a, b], 0x44);
        pick(SHUFFLE_QUARTERS, [f, c, d], 0x44);
        pick(SHUFFLE_QUARTERS, [g, a, b], 0xee);
        pick(SHUFFLE_QUARTERS, [h, c, d], 0xee);
        for (const [i, [left, right]] of [[e, f], [g, h]].entries()) {
          pick(SHUFFLE_QUARTERS, [a, left!, right!], 0x88);
          this.vmovupsStore(to(column + i * 8), a);
          pick(SHUFFLE_QUARTERS, [a, left!, right!], 0xdd);
          this.vmovupsStore(to(column + i * 8 + 4), a);
        }
      }
    }
  }

  /** `to += left * right` */
  vfmadd231ps(to: number, left: number, right: number | Memory): void {
    this.emitVector(ADD_PRODUCT, to, left, right);
  }

  /** `to -= left * right` */
  vfnmadd231ps(to: number, left: number, right: number | Memory): void {
    this.emitVector(SUBTRACT_PRODUCT, to, left, right);
  }

  /** Shifts numbers of 32 bits to the left, by so many places. */
  vpslld(to: number, from: number, places: number): void {
    this.emitVector(SHIFT, LEFT, to, from);
    this.emit(places);
  }

  /** The same to the right, where zeros come in. */
  vpsrld(to: number, from: number, places: number): void {
    this.emitVector(SHIFT, RIGHT, to, from);
    this.emit(places);
  }

  /** Makes a vector zero. */
  zero(register: number): void {
    this.emitVector(XOR, register, register, register);
  }

  vzeroupper(): void {
    this.emit(0xc5, 0xf8, 0x77);
  }

  /**
   * An instruction with the prefix EVEX or VEX (Intel's manual, volume 2, 2.3.5 and 2.7.1).
   *
   * @param mask The register that tells which numbers do not become zero, or 0.
   */
  protected emitVector(
    { code, table, prefix, wide, half, single }: Opcode,
    first: number,
    second: number,
    third: number | Memory,
    memoryBytes: number = this.isa.bytes,
    mask = 0,
  ): void {
    const inMemory = typeof third !== "number";
    const base = inMemory ? third.base : third;
    // A third register has its fifth bit where an index has its fourth.
    const index = inMemory ? third.index ?? 0 : third >> 1;
    const inverted = (register: number, bit: number, place: number) =>
      (~register >> bit & 1) << place;
    const registers = inverted(first, 3, 7) | inverted(index, 3, 6) | inverted(base, 3, 5);
    const others = (wide ? 0x80 : 0) | (~second & 15) << 3 | prefix;
    if (this.isa === AVX512) {
      this.emit(0x62, registers | inverted(first, 4, 4) | table, others | 4);
      const zeroing = mask ? 0x80 | mask : 0;
      this.emit((half ? 0x20 : 0x40) | inverted(second, 4, 3) | zeroing, code);
      this.emitOperands(first, third, memoryBytes);
    } else {
      this.emit(0xc4, registers | table, others | (single ? 0 : 4), code);
      this.emitOperands(first, third);
    }
  }
}
