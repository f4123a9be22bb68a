import { R10, R11, R12, RAX, RBP, RDX } from "./assembler.ts";
import type { VectorAssembler, VectorIsa } from "./vector_assembler.ts";

/** A product of matrices, or a block of one, of which each step adds one term to each sum. */
export interface ProductBlock {
  /** How many rows the block has. */
  rows: number;
  /** How many vectors it is wide. */
  vectors: number;
  /** From a row of the left factor to the next, and from a step to the next, in bytes. */
  left: { row: number; step: number };
  /**
   * How often the steps are gone through, and how far the left factor goes on after each time; once if it
   * is not said.
   */
  runs?: { count: number; gap: number };
  /** From a step of the right factor to the next. */
  right: { step: number };
  /** From a row of the result to the next. */
  result: { row: number };
  /** How many steps are made for each turn of the loop. */
  unrolled: number;
  /** Whether it is added to what is there: then the block below that is fetched meanwhile too. */
  adds: boolean;
  /** Whose part for the next block, below or at the right, is fetched into the caches meanwhile. */
  fetched: "left" | "right" | "neither";
}

/** The rows and vectors of a block whose sums fit into registers and keep the processor busy. */
export function registerBlock(
  isa: VectorIsa,
  rowBytes: number,
): { rows: number; vectors: number } {
  const sums = isa.registers / 2;
  const vectors = rowBytes % (2 * isa.bytes) === 0 ? 2 : 1;
  return { rows: sums / vectors, vectors };
}

/**
 * Emits the product of a block of the left factor's rows, at R10, with columns of the right factor, at
 * R11, into the result, at R12. RAX has the number of turns of each run; R10, R11 and RAX change, and
 * RDX and RBP if there are several.
 */
export function emitProduct(asm: VectorAssembler, block: ProductBlock): void {
  const { rows, vectors, left, right, result, unrolled, fetched, runs } = block;
  const { bytes } = asm.isa;
  const sums = Array.from(
    { length: rows * vectors },
    (_, i) => ({ register: i, row: Math.floor(i / vectors), vector: i % vectors }),
  );
  const columns = Array.from({ length: vectors }, (_, vector) => sums.length + vector);
  const factor = sums.length + vectors;
  const placeOf = ({ row, vector }: { row: number; vector: number }) => ({
    base: R12,
    offset: row * result.row + vector * bytes,
  });
  const eachRow = Array.from({ length: rows }, (_, row) => row);
  if (block.adds) {
    for (const row of eachRow) {
      asm.prefetchw({ base: R12, offset: (rows + row) * result.row });
    }
  }
  for (const { register } of sums) asm.zero(register);
  const add = () => {
    for (let step = 0; step < unrolled; step++) {
      columns.forEach((register, vector) =>
        asm.vmovups(register, { base: R11, offset: step * right.step + vector * bytes })
      );
      for (const { register, row, vector } of sums) {
        if (vector === 0) {
          asm.vbroadcastss(factor, { base: R10, offset: row * left.row + step * left.step });
        }
        asm.vfmadd231ps(register, factor, columns[vector]!);
      }
    }
    if (fetched === "left") {
      for (const row of eachRow) asm.prefetcht0({ base: R10, offset: (rows + row) * left.row });
    } else if (fetched === "right") {
      for (let step = 0; step < unrolled; step++) {
        asm.prefetcht0({ base: R11, offset: step * right.step + vectors * bytes });
      }
    }
    asm.add(R10, unrolled * left.step);
    asm.add(R11, unrolled * right.step);
  };
  if (!runs || runs.count === 1) {
    asm.countDown(RAX, 1, add);
  } else {
    asm.mov(RDX, RAX);
    asm.movNumber(RBP, BigInt(runs.count));
    asm.countDown(RBP, 1, () => {
      asm.mov(RAX, RDX);
      asm.countDown(RAX, 1, add);
      asm.add(R10, runs.gap);
    });
  }
  for (const sum of sums) {
    // So late, that not each term is rounded to the size of the whole sum.
    if (block.adds) asm.vaddps(sum.register, sum.register, placeOf(sum));
    asm.vmovupsStore(placeOf(sum), sum.register);
  }
}
