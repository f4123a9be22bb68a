import { R10, R8, R9, RAX, RCX, RDI, RDX, RSI } from "./assembler.ts";
import { bitsOf, LARGEST, LogitsRows, type LogitsShape, SPARE } from "./logits_rows.ts";
import { FLOAT_BYTES } from "./number_bytes.ts";
import { TASK } from "./task.ts";

/** The least number whose exponential is not rounded to fewer bits. */
const LEAST = -87.33654;
/** The logarithm of 2 in two parts, the first with few bits: Cephes, `expf.c`. */
const LOG_2 = [0.693359375, -2.12194440e-4];
/** The exponential of small numbers, from the highest power to the lowest: the same. */
const POLYNOMIAL = [
  ...[1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3],
  ...[4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1, 1],
];
/** What float32 has in place of a power of 2 is that much more, and so many bits further up. */
const EXPONENT_BIAS = 127, EXPONENT_PLACE = 23;

/** Where the constants are. */
const BIAS = 0, LEAST_NUMBER = 1, LOG2_E = 2, LOG_2_PARTS = [3, 4], COEFFICIENTS = 5;

/** Registers besides those of {@linkcode LogitsRows}. */
const NUMBER = 9, WHOLE = 10, LABEL = 12, WEIGHT = 13, SUM = 14;

/** What the code computes with. */
export function crossEntropyConstants(shape: LogitsShape): Int32Array<ArrayBuffer> {
  const floats = bitsOf([LEAST, Math.LOG2E, ...LOG_2, ...POLYNOMIAL]);
  return LogitsRows.constants(shape, Int32Array.of(EXPONENT_BIAS, ...floats));
}

/**
 * Makes the code of the weighted cross-entropy of rows of logits and of its gradient. It is called with
 * logits `[N, K]`, labels `[N]` in int32, weights `[N]`, rows `[2, N]` that it writes, and the gradient
 * `[N, K]`. With the largest logit of a row taken off, it writes the sum of the exponentials into the
 * first of the two rows, and the label's logit into the second; for a label that is none of the
 * classes, whose weight must be 0, that of the first class.
 */
export function crossEntropyCode(shape: LogitsShape): Uint8Array<ArrayBuffer> {
  const row = new LogitsRows(shape), { asm, vectors, rowBytes } = row;
  const [logits, gradient, labels, weights, written] = [RDX, RCX, R8, R9, R10];
  asm.load(RAX, { base: RSI, offset: TASK.units });
  [logits, labels, weights, written, gradient].forEach((pointer, i) =>
    asm.load(pointer, { base: RDI, offset: i * 8 })
  );
  asm.imul(RDI, RAX, rowBytes);
  for (const pointer of [logits, gradient]) asm.add(pointer, { register: RDI });
  asm.imul(RDI, RAX, FLOAT_BYTES);
  for (const pointer of [labels, weights, written]) asm.add(pointer, { register: RDI });
  asm.load(RAX, { base: RSI, offset: TASK.unitCount });
  asm.xor(RSI, { register: RSI });

  asm.countDown(RAX, 1, () => {
    row.load(logits);
    row.combine(LARGEST, (...of) => asm.vmaxps(...of));

    asm.load32(RDI, { base: labels });
    asm.cmp(RDI, shape.classes);
    asm.cmov("notLess", RDI, RSI);
    asm.vbroadcastss(NUMBER, { base: logits, index: RDI, scale: FLOAT_BYTES });
    asm.vsubps(NUMBER, NUMBER, LARGEST);
    asm.vmovssStore({ base: written, offset: shape.rows * FLOAT_BYTES }, NUMBER);

    for (const v of vectors) {
      asm.vsubps(v, v, LARGEST);
      exponential(row, v);
    }
    row.combine(SUM, (...of) => asm.vaddps(...of));
    asm.vmovssStore({ base: written }, SUM);

    asm.vbroadcastss(LABEL, { base: labels });
    asm.vbroadcastss(WEIGHT, { base: weights });
    asm.vdivps(SUM, WEIGHT, SUM);
    for (const v of vectors) {
      asm.vpcmpeqd(SPARE, LABEL, row.classesOf(v));
      asm.vandps(SPARE, SPARE, WEIGHT);
      asm.vmulps(v, v, SUM);
      asm.vsubps(v, v, SPARE);
      row.store(gradient, v);
    }
    for (const pointer of [logits, gradient]) asm.add(pointer, rowBytes);
    for (const pointer of [labels, weights, written]) asm.add(pointer, FLOAT_BYTES);
  });
  asm.vzeroupper();
  asm.ret();
  return asm.code;
}

/** Takes the exponential of numbers of at most 0: a power of 2, times a polynomial of what is left. */
function exponential(row: LogitsRows, numbers: number): void {
  const { asm } = row;
  asm.vmovups(SPARE, row.constant(LEAST_NUMBER));
  // What is not a number stays so.
  asm.vmaxps(numbers, SPARE, numbers);
  asm.vmulps(WHOLE, numbers, row.constant(LOG2_E));
  asm.vcvtps2dq(WHOLE, WHOLE);
  asm.vcvtdq2ps(NUMBER, WHOLE);
  for (const part of LOG_2_PARTS) asm.vfnmadd231ps(numbers, NUMBER, row.constant(part));
  asm.vmovups(SPARE, row.constant(COEFFICIENTS));
  for (const i of POLYNOMIAL.keys().drop(1)) {
    asm.vfmadd213ps(SPARE, numbers, row.constant(COEFFICIENTS + i));
  }
  asm.vpaddd(WHOLE, WHOLE, row.constant(BIAS));
  asm.vpslld(WHOLE, WHOLE, EXPONENT_PLACE);
  asm.vmulps(numbers, SPARE, WHOLE);
}
