import { type Memory, R11, RSI } from "./assembler.ts";
import { Avx2Assembler } from "./avx2_assembler.ts";
import { FLOAT_BYTES } from "./number_bytes.ts";
import { TASK } from "./task.ts";

/** Rows of logits `[N, K]`. */
export interface LogitsShape {
  rows: number;
  classes: number;
}

const VECTOR_BYTES = 32, LANES = VECTOR_BYTES / FLOAT_BYTES;
/** A row stays in registers, in half of those that there are. */
export const MOST_CLASSES = 8 * LANES;

/** Registers; the row's vectors come first. */
export const LARGEST = 8, SPARE = 11;
const TAIL = 15;

/** Constants, vectors all: where the last vector of a row has classes, and minus infinity elsewhere. */
const MASK = 0, BEYOND = 1;
/** The classes' numbers, and what code has besides. */
const CLASSES = 2, OTHERS = CLASSES + MOST_CLASSES / LANES;

/** Code that goes through rows of logits, while it is being written. */
export class LogitsRows {
  readonly asm = new Avx2Assembler();
  /** The registers of a row, which has one or more vectors. */
  readonly vectors: number[];
  readonly rowBytes: number;
  readonly #hasTail: boolean;

  constructor({ classes }: LogitsShape) {
    this.vectors = Array.from({ length: Math.ceil(classes / LANES) }, (_, v) => v);
    this.rowBytes = classes * FLOAT_BYTES;
    this.#hasTail = classes % LANES > 0;
    this.asm.load(R11, { base: RSI, offset: TASK.constants });
    this.asm.vmovups(TAIL, { base: R11, offset: MASK * VECTOR_BYTES });
  }

  /** The bits that code computes with: what it has besides, each number in a vector of its own. */
  static constants({ classes }: LogitsShape, others: Int32Array): Int32Array<ArrayBuffer> {
    const isClass = Array.from({ length: LANES }, (_, lane) => lane < (classes - 1) % LANES + 1);
    const [beyond] = bitsOf([-Infinity]);
    return Int32Array.from([
      ...isClass.map((is) => is ? -1 : 0),
      ...isClass.map((is) => is ? 0 : beyond!),
      ...Array.from({ length: MOST_CLASSES }, (_, label) => label),
      ...[...others].flatMap((number) => Array<number>(LANES).fill(number)),
    ]);
  }

  /** One of the numbers that code has besides. */
  constant(index: number): Memory {
    return { base: R11, offset: (OTHERS + index) * VECTOR_BYTES };
  }

  /** The numbers of the classes that are in a vector of a row. */
  classesOf(vector: number): Memory {
    return { base: R11, offset: (CLASSES + vector) * VECTOR_BYTES };
  }

  /** Loads the row that a register points at; there is minus infinity after the last class. */
  load(pointer: number): void {
    for (const v of this.vectors) {
      const place = { base: pointer, offset: v * VECTOR_BYTES };
      if (this.#isTail(v)) {
        this.asm.vmaskmovps(v, TAIL, place);
        this.asm.vorps(v, v, { base: R11, offset: BEYOND * VECTOR_BYTES });
      } else {
        this.asm.vmovups(v, place);
      }
    }
  }

  /** Stores a vector of a row. */
  store(pointer: number, vector: number): void {
    const place = { base: pointer, offset: vector * VECTOR_BYTES };
    if (this.#isTail(vector)) this.asm.vmaskmovpsStore(place, TAIL, vector);
    else this.asm.vmovupsStore(place, vector);
  }

  /** Combines all numbers of a row; each place of a vector has the result. */
  combine(to: number, combine: (to: number, left: number, right: number) => void): void {
    const [first, ...others] = this.vectors as [number, ...number[]];
    this.asm.vmovups(to, first);
    for (const v of others) combine(to, to, v);
    this.asm.vperm2f128(SPARE, to, to, 0x01);
    combine(to, to, SPARE);
    this.asm.vshufps(SPARE, to, to, 0x4e);
    combine(to, to, SPARE);
    this.asm.vshufps(SPARE, to, to, 0xb1);
    combine(to, to, SPARE);
  }

  #isTail(vector: number): boolean {
    return this.#hasTail && vector === this.vectors.length - 1;
  }
}

/** Numbers of float32 as whole numbers with the same bits. */
export function bitsOf(numbers: number[]): Int32Array<ArrayBuffer> {
  return new Int32Array(Float32Array.from(numbers).buffer);
}
