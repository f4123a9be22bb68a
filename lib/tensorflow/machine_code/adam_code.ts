import { type Memory, R10, R11, R8, R9, RAX, RCX, RDI, RDX, RSI } from "./assembler.ts";
import { Avx2Assembler } from "./avx2_assembler.ts";
import { FLOAT_BYTES } from "./number_bytes.ts";
import { TASK } from "./task.ts";

/** What an update by Adam is computed with. */
export interface AdamOptions {
  /** The shares of the moments that are kept in each step, from 0 up to but not 1. */
  beta1: number;
  beta2: number;
  /** What is added to the root of the second moment. */
  epsilon: number;
}

export const VECTOR_BYTES = 32, LANES = VECTOR_BYTES / FLOAT_BYTES;

/** Where constants are, each as often as a vector has numbers. */
const CONSTANTS = { beta1: 0, rest1: 1, beta2: 2, rest2: 3, epsilon: 4, mask: 5 };

/** What the code computes with, for so many numbers. */
export function adamConstants(
  size: number,
  { beta1, beta2, epsilon }: AdamOptions,
): Float32Array<ArrayBuffer> {
  const numbers = [beta1, 1 - beta1, beta2, 1 - beta2, epsilon];
  return Float32Array.from([
    ...numbers.flatMap((number) => Array<number>(LANES).fill(number)),
    // Those that are there after the last whole vector.
    ...Array.from({ length: LANES }, (_, lane) => lane < size % LANES ? -1 : 0),
  ]);
}

/**
 * Makes the code of an update by Adam. It is called with the gradient, what
 * {@linkcode AdamOptions} leaves open: the learning rate and the second moment's correction, `[2]`, the
 * values, the moments, which it changes, and the new values. A task has whole vectors, and if it has a
 * block the numbers after them.
 */
export function adamCode(): Uint8Array<ArrayBuffer> {
  const asm = new Avx2Assembler();
  const [gradient, value, first, second, result] = [RDX, RCX, R8, R9, R10];
  const [rate, correction, mask] = [13, 14, 15];
  const constant = (name: keyof typeof CONSTANTS): Memory => ({
    base: R11,
    offset: CONSTANTS[name] * VECTOR_BYTES,
  });

  asm.load(R11, { base: RDI, offset: 8 });
  asm.vbroadcastss(rate, { base: R11 });
  asm.vbroadcastss(correction, { base: R11, offset: FLOAT_BYTES });
  asm.load(R11, { base: RSI, offset: TASK.constants });
  asm.vmovups(mask, constant("mask"));
  const tensors = [[gradient, 0], [value, 2], [first, 3], [second, 4], [result, 5]] as const;
  for (const [pointer, index] of tensors) {
    asm.load(pointer, { base: RDI, offset: index * 8 });
    asm.add(pointer, { base: RSI, offset: TASK.units });
  }

  const update = (
    load: (to: number, base: number) => void,
    store: (base: number, from: number) => void,
  ) => {
    const [g, m, v, w, root] = [0, 1, 2, 3, 4] as const;
    load(g, gradient);
    load(m, first);
    load(v, second);
    load(w, value);
    asm.vmulps(m, m, constant("beta1"));
    asm.vmulps(v, v, constant("beta2"));
    asm.vfmadd231ps(m, g, constant("rest1"));
    asm.vmulps(g, g, g);
    asm.vfmadd231ps(v, g, constant("rest2"));
    store(first, m);
    store(second, v);
    asm.vsqrtps(root, v);
    asm.vfmadd213ps(root, correction, constant("epsilon"));
    asm.vdivps(m, m, root);
    asm.vfnmadd231ps(w, m, rate);
    store(result, w);
  };
  const [end, rest] = [asm.label(), asm.label()];
  asm.load(RAX, { base: RSI, offset: TASK.unitCount });
  asm.test(RAX, RAX);
  asm.jump("zero", rest);
  asm.countDown(RAX, 1, () => {
    update(
      (to, base) => asm.vmovups(to, { base }),
      (base, from) => asm.vmovupsStore({ base }, from),
    );
    for (const [pointer] of tensors) asm.add(pointer, VECTOR_BYTES);
  });
  asm.place(rest);
  asm.load(RAX, { base: RSI, offset: TASK.blockCount });
  asm.test(RAX, RAX);
  asm.jump("zero", end);
  update(
    (to, base) => asm.vmaskmovps(to, mask, { base }),
    (base, from) => asm.vmaskmovpsStore({ base }, mask, from),
  );
  asm.place(end);
  asm.vzeroupper();
  asm.ret();
  return asm.code;
}
