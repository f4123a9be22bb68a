import { RAX } from "./assembler.ts";
import { FLOAT_BYTES } from "./number_bytes.ts";
import type { VectorAssembler } from "./vector_assembler.ts";

// Winograd's F(4, 3) in one dimension at the points 0, a, -a, b, -b and infinity, where a = 1 / b: what
// the construction of Cook and Toom gives, with what the points have in common computed once. A
// transform takes vectors from the first registers and may change all registers below the constants.

const [A, B] = [2 / 3, 3 / 2];
const FIRST_CONSTANT = 9;

/** The denominator of Lagrange's polynomial at `point` and at `-point`. */
function denominator(point: number, other: number): number {
  return 2 * point ** 2 * (point ** 2 - other ** 2);
}

const IMAGE_CONSTANTS = [A ** 2 + B ** 2, A, B, A ** 2, B ** 2, A ** 3, B ** 3];
const FILTER_CONSTANTS = [[A, B], [B, A]].flatMap(([point, other]) =>
  [1, point!, point! ** 2].map((power) => power / denominator(point!, other!))
);
/** What the transforms multiply by: those of images and results, and then those of filters. */
export const CONSTANTS = [...IMAGE_CONSTANTS, ...FILTER_CONSTANTS];

/** The registers of {@linkcode IMAGE_CONSTANTS}. */
const SUM = 9, ONE = 10, OTHER = 11, ONE_2 = 12, OTHER_2 = 13, ONE_3 = 14, OTHER_3 = 15;
/** The registers of {@linkcode FILTER_CONSTANTS}: the factors of three weights for two points each. */
const ONE_FACTORS = [9, 10, 11] as const, OTHER_FACTORS = [12, 13, 14] as const;

/** Gives a value of a transform away, by its index and the register that it is in. */
type Store = (index: number, register: number) => void;

/** One of the transforms. */
export interface Transform {
  from: number;
  to: number;
  emit: (asm: VectorAssembler, store: Store) => void;
}

/** Loads the constants of images or of filters; all are at the address in RAX. */
export function loadConstants(asm: VectorAssembler, of: "images" | "filters"): void {
  const start = of === "images" ? 0 : IMAGE_CONSTANTS.length;
  const { length } = of === "images" ? IMAGE_CONSTANTS : FILTER_CONSTANTS;
  for (let i = 0; i < length; i++) {
    asm.vbroadcastss(FIRST_CONSTANT + i, { base: RAX, offset: (start + i) * FLOAT_BYTES });
  }
}

/** From six numbers of an image to the values at the points. */
export const PART_TO_POINTS: Transform = {
  from: 6,
  to: 6,
  emit(asm, store) {
    asm.vaddps(0, 0, 4);
    asm.vfnmadd231ps(0, SUM, 2);
    store(0, 0);
    asm.vaddps(5, 5, 1);
    asm.vfnmadd231ps(5, SUM, 3);
    store(5, 5);
    asm.vmovups(6, 4);
    asm.vfnmadd231ps(6, OTHER_2, 2);
    asm.vmovups(7, 3);
    asm.vfnmadd231ps(7, OTHER_2, 1);
    asm.vmovups(8, 6);
    asm.vfmadd231ps(8, ONE, 7);
    store(1, 8);
    asm.vfnmadd231ps(6, ONE, 7);
    store(2, 6);
    asm.vfnmadd231ps(4, ONE_2, 2);
    asm.vfnmadd231ps(3, ONE_2, 1);
    asm.vmovups(8, 4);
    asm.vfmadd231ps(8, OTHER, 3);
    store(3, 8);
    asm.vfnmadd231ps(4, OTHER, 3);
    store(4, 4);
  },
};

/** From four numbers of a gradient to the values at the points. */
export const TILE_TO_POINTS: Transform = {
  from: 4,
  to: 6,
  emit(asm, store) {
    store(0, 0);
    store(5, 3);
    for (
      const [first, factor, square, cube] of [[1, ONE, ONE_2, ONE_3], [3, OTHER, OTHER_2, OTHER_3]]
    ) {
      asm.vmovups(6, 0);
      asm.vfmadd231ps(6, square!, 2);
      asm.vmulps(7, factor!, 1);
      asm.vfmadd231ps(7, cube!, 3);
      asm.vaddps(8, 6, 7);
      store(first!, 8);
      asm.vsubps(8, 6, 7);
      store(first! + 1, 8);
    }
  },
};

/** From values at the points to four numbers of a result. */
export const POINTS_TO_TILE: Transform = {
  from: 6,
  to: 4,
  emit(asm, store) {
    addPairs(asm);
    asm.vaddps(0, 0, 6);
    asm.vaddps(0, 0, 1);
    store(0, 0);
    asm.vmulps(8, ONE, 7);
    asm.vfmadd231ps(8, OTHER, 2);
    store(1, 8);
    asm.vmulps(8, ONE_2, 6);
    asm.vfmadd231ps(8, OTHER_2, 1);
    store(2, 8);
    asm.vfmadd231ps(5, ONE_3, 7);
    asm.vfmadd231ps(5, OTHER_3, 2);
    store(3, 5);
  },
};

/** From three weights of a filter to the values at the points. */
export const FILTER_TO_POINTS: Transform = {
  from: 3,
  to: 6,
  emit(asm, store) {
    store(0, 0);
    store(5, 2);
    for (
      const [index, [constant, linear, square]] of [[1, ONE_FACTORS], [3, OTHER_FACTORS]] as const
    ) {
      asm.vmulps(6, constant, 0);
      asm.vfmadd231ps(6, square, 2);
      asm.vmulps(7, linear, 1);
      asm.vaddps(8, 6, 7);
      store(index, 8);
      asm.vsubps(8, 6, 7);
      store(index + 1, 8);
    }
  },
};

/** From a filter's gradient at the points to that of three weights. */
export const POINTS_TO_FILTER: Transform = {
  from: 6,
  to: 3,
  emit(asm, store) {
    addPairs(asm);
    asm.vfmadd231ps(0, ONE_FACTORS[0], 6);
    asm.vfmadd231ps(0, OTHER_FACTORS[0], 1);
    store(0, 0);
    asm.vmulps(8, ONE_FACTORS[1], 7);
    asm.vfmadd231ps(8, OTHER_FACTORS[1], 2);
    store(1, 8);
    asm.vfmadd231ps(5, ONE_FACTORS[2], 6);
    asm.vfmadd231ps(5, OTHER_FACTORS[2], 1);
    store(2, 5);
  },
};

/** The sums, in 6 and 1, and the differences, in 7 and 2, of the values at a and -a, and b and -b. */
function addPairs(asm: VectorAssembler): void {
  asm.vaddps(6, 1, 2);
  asm.vsubps(7, 1, 2);
  asm.vaddps(1, 3, 4);
  asm.vsubps(2, 3, 4);
}
