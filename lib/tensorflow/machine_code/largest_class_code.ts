import { RAX, RCX, RDI, RDX, RSI } from "./assembler.ts";
import { LARGEST, LogitsRows, type LogitsShape } from "./logits_rows.ts";
import { TASK } from "./task.ts";

/** Compares whether the first is less; not so if one is not a number. */
const LESS = 0x11;

/** What the code computes with. */
export function largestClassConstants(shape: LogitsShape): Int32Array<ArrayBuffer> {
  return LogitsRows.constants(shape, new Int32Array());
}

/**
 * Makes code that finds the class with the largest logit of each row, the first of several. It is called
 * with logits `[N, K]` and the classes in uint8, `[N]`.
 */
export function largestClassCode(shape: LogitsShape): Uint8Array<ArrayBuffer> {
  const row = new LogitsRows(shape), { asm, vectors, rowBytes } = row;
  const [logits, result] = [RDX, RCX];
  asm.load(RAX, { base: RSI, offset: TASK.units });
  asm.load(logits, { base: RDI });
  asm.load(result, { base: RDI, offset: 8 });
  asm.add(result, { register: RAX });
  asm.imul(RAX, RAX, rowBytes);
  asm.add(logits, { register: RAX });
  asm.load(RAX, { base: RSI, offset: TASK.unitCount });
  asm.countDown(RAX, 1, () => {
    row.load(logits);
    row.combine(LARGEST, (...of) => asm.vmaxps(...of));
    for (const v of vectors) {
      // All bits, the largest number without a sign, where a logit is not the largest.
      asm.vcmpps(v, v, LARGEST, LESS);
      asm.vorps(v, v, row.classesOf(v));
    }
    row.combine(LARGEST, (...of) => asm.vpminud(...of));
    asm.vpextrbStore({ base: result }, LARGEST, 0);
    asm.add(logits, rowBytes);
    asm.add(result, 1);
  });
  asm.vzeroupper();
  asm.ret();
  return asm.code;
}
