import { type Memory, R10, R9, RAX, RCX } from "./assembler.ts";
import type { PatchPlan } from "./patch_plan.ts";
import { GROUP_LOCAL_BYTES, GROUP_LOCALS, onStack, TaskFrame } from "./task_frame.ts";
import { VectorAssembler, type VectorIsa } from "./vector_assembler.ts";

/** A place in the table of columns' places. */
export const PLACE_BYTES = 8;

/** Code that works on units and blocks, while it is being written. */
export class PatchFrame<P extends PatchPlan> extends TaskFrame<VectorAssembler> {
  readonly plan: P;

  constructor(plan: P, isa: VectorIsa) {
    const { images, other, scratch, result } = GROUP_LOCALS;
    super(new VectorAssembler(isa), GROUP_LOCAL_BYTES, [images, other, scratch, result]);
    this.plan = plan;
  }

  /** Has a register point at the place of a block's first columns. */
  pointAtPlaces(to: number): void {
    const asm = this.asm;
    asm.load(RAX, local("block"));
    this.loadFromTask(to, "constants");
    asm.lea(to, { base: to, index: RAX, scale: PLACE_BYTES });
  }

  /**
   * Copies as many pieces of rows as RCX says, each from R9 on to R10, which change. What follows them in
   * the rows, which is copied next, is fetched into the caches.
   */
  copy(bytes: number, { from, to }: { from: number; to: number }): void {
    const asm = this.asm, vector = asm.isa.bytes;
    const offsets = Array.from({ length: bytes / vector }, (_, i) => i * vector);
    asm.countDown(RCX, 1, () => {
      offsets.forEach((offset, i) => asm.vmovups(i, { base: R9, offset }));
      asm.prefetcht0({ base: R9, offset: bytes });
      offsets.forEach((offset, i) => asm.vmovupsStore({ base: R10, offset }, i));
      asm.add(R9, from);
      asm.add(R10, to);
    });
  }
}

/** What is kept on the stack. */
export function local(name: keyof typeof GROUP_LOCALS): Memory {
  return onStack(GROUP_LOCALS[name]);
}
