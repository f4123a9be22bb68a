/** The general registers of x86-64 by their numbers. */
export const RAX = 0, RCX = 1, RDX = 2, RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7;
export const R8 = 8, R9 = 9, R10 = 10, R11 = 11, R12 = 12, R13 = 13, R14 = 14, R15 = 15;

/** A place in memory: `base + index * scale + offset`. */
export interface Memory {
  base: number;
  index?: number;
  /** @default {1} */
  scale?: 1 | 2 | 4 | 8;
  /** @default {0} */
  offset?: number;
}

/** A place in the code that is jumped to. */
export interface Label {
  /** Where it is, once it is known. */
  position?: number;
  /** Where there is a jump to it. */
  readonly jumps: number[];
}

/** The conditions of jumps and moves, by the code that the processor has for them. */
const CONDITIONS = { less: 0xc, notLess: 0xd, zero: 0x4, notZero: 0x5, negative: 0x8 };
type Condition = keyof typeof CONDITIONS;

/** Arithmetic on whole numbers, by the processor's codes for it. */
const ARITHMETIC = { add: 0, and: 4, sub: 5, xor: 6, cmp: 7 };
type Arithmetic = keyof typeof ARITHMETIC;

/** Which of the prefetches that share an opcode it is; it stands where a register would. */
const PREFETCH = 1;

const INT8 = 128, INT32 = 2 ** 31;

/**
 * Writes machine code for x86-64: moves, whole numbers and jumps. But for moves and jumps, an
 * instruction's method has the name that Intel's manual gives it; what is written comes first.
 */
export class Assembler {
  #bytes = new Uint8Array(4096);
  #length = 0;

  /** The code so far. */
  get code(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  label(): Label {
    return { jumps: [] };
  }

  /** Puts a label here. */
  place(label: Label): void {
    label.position = this.#length;
    for (const jump of label.jumps) this.#patch(jump, label.position);
  }

  /** Repeats code while a counter goes down to zero, by some step; at least once. */
  countDown(counter: number, step: number, body: () => void): void {
    const start = this.label();
    this.place(start);
    body();
    this.sub(counter, step);
    this.jump("notZero", start);
  }

  jump(condition: Condition, { position, jumps }: Label): void {
    this.emit(0x0f, 0x80 | CONDITIONS[condition]);
    jumps.push(this.#length);
    this.emit32(0);
    if (position !== undefined) this.#patch(this.#length - 4, position);
  }

  /** A number of 64 bits. */
  movNumber(to: number, value: bigint): void {
    this.emit(0x48 | to >> 3, 0xb8 | to & 7);
    for (let shift = 0n; shift < 64n; shift += 8n) this.emit(Number(value >> shift & 0xffn));
  }

  mov(to: number, from: number): void {
    this.#wide(0x89, from, to);
  }

  /** Copies the lower half and makes the upper half zero. */
  mov32(to: number, from: number): void {
    this.#instruction(0, 0x89, from, to);
  }

  load(to: number, from: Memory): void {
    this.#wide(0x8b, to, from);
  }

  /** Loads a number of 32 bits, without a sign. */
  load32(to: number, from: Memory): void {
    this.#instruction(0, 0x8b, to, from);
  }

  store(to: Memory, from: number): void {
    this.#wide(0x89, from, to);
  }

  lea(to: number, address: Memory): void {
    this.#wide(0x8d, to, address);
  }

  /** Has the processor fetch a line into its caches; of an address that is none it does nothing. */
  prefetcht0(from: Memory): void {
    this.#instruction(0, 0x0f18, PREFETCH, from);
  }

  /** The same of a line that is to be written. */
  prefetchw(to: Memory): void {
    this.#instruction(0, 0x0f0d, PREFETCH, to);
  }

  add(to: number, other: number | Memory | { register: number }): void {
    this.#calculate("add", to, other);
  }

  sub(to: number, other: number | Memory | { register: number }): void {
    this.#calculate("sub", to, other);
  }

  cmp(left: number, right: number | Memory | { register: number }): void {
    this.#calculate("cmp", left, right);
  }

  xor(to: number, other: { register: number }): void {
    this.#calculate("xor", to, other);
  }

  /** Multiplies by a number of 32 bits. */
  imul(to: number, from: number, factor: number): void {
    checkInt32(factor);
    this.#wide(0x69, to, from);
    this.emit32(factor);
  }

  /** Divides by a power of two, and rounds down. */
  shr(to: number, places: number): void {
    this.#wide(0xc1, 5, to);
    this.emit(places);
  }

  test(left: number, right: number): void {
    this.#wide(0x85, right, left);
  }

  cmov(condition: Condition, to: number, from: number): void {
    this.#wide(0x0f40 | CONDITIONS[condition], to, from);
  }

  push(register: number): void {
    if (register >= 8) this.emit(0x41);
    this.emit(0x50 | register & 7);
  }

  pop(register: number): void {
    if (register >= 8) this.emit(0x41);
    this.emit(0x58 | register & 7);
  }

  /** Calls the function whose address a register has. */
  call(register: number): void {
    if (register >= 8) this.emit(0x41);
    this.emit(0xff, 0xd0 | register & 7);
  }

  ret(): void {
    this.emit(0xc3);
  }

  emit(...bytes: number[]): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  emit32(value: number): void {
    this.emit(value & 0xff, value >> 8 & 0xff, value >> 16 & 0xff, value >> 24 & 0xff);
  }

  /**
   * The bytes that name a register and a register or memory (Intel's manual, volume 2, 2.1.5).
   *
   * @param step What an offset of one byte is multiplied by.
   */
  emitOperands(register: number, other: number | Memory, step = 1): void {
    const field = (register & 7) << 3;
    if (typeof other === "number") return this.emit(0xc0 | field | other & 7);
    const { base, index, scale = 1, offset = 0 } = other;
    checkInt32(offset);
    const short = offset % step === 0 && offset / step >= -INT8 && offset / step < INT8;
    const mode = short ? 0x40 : 0x80;
    // Where RSP would stand for the index there is none.
    const indexed = index !== undefined || (base & 7) === RSP;
    this.emit(mode | field | (indexed ? RSP : base & 7));
    if (indexed) this.emit(Math.log2(scale) << 6 | ((index ?? RSP) & 7) << 3 | base & 7);
    if (short) this.emit(offset / step & 0xff);
    else this.emit32(offset);
  }

  #calculate(
    name: Arithmetic,
    to: number,
    other: number | Memory | { register: number },
  ): void {
    const code = ARITHMETIC[name];
    if (typeof other !== "number") {
      const operand = "register" in other ? other.register : other;
      return this.#wide(code << 3 | 3, to, operand);
    }
    checkInt32(other);
    const short = other >= -INT8 && other < INT8;
    this.#wide(short ? 0x83 : 0x81, code, to);
    if (short) this.emit(other & 0xff);
    else this.emit32(other);
  }

  /** An instruction on 64 bits. */
  #wide(opcode: number, register: number, other: number | Memory): void {
    this.#instruction(8, opcode, register, other);
  }

  /** @param wide Whether it is on 64 bits, as the bit of the prefix REX. */
  #instruction(wide: 0 | 8, opcode: number, register: number, other: number | Memory): void {
    const base = typeof other === "number" ? other : other.base;
    const index = typeof other === "number" ? 0 : other.index ?? 0;
    this.emit(0x40 | wide | (register >> 3) << 2 | (index >> 3) << 1 | base >> 3);
    if (opcode > 0xff) this.emit(opcode >> 8);
    this.emit(opcode & 0xff);
    this.emitOperands(register, other);
  }

  #patch(jump: number, target: number): void {
    new DataView(this.#bytes.buffer).setInt32(jump, target - (jump + 4), true);
  }
}

/** Sizes of 2 GB or more do not fit into an instruction. */
function checkInt32(value: number): void {
  if (value < -INT32 || value >= INT32) throw new RangeError(`Cannot encode ${value} in 32 bits`);
}
