import {
  type Memory,
  R12,
  R13,
  R14,
  R15,
  R8,
  RAX,
  RBP,
  RBX,
  RCX,
  RDI,
  RSI,
  RSP,
} from "./assembler.ts";
import { TASK } from "./task.ts";
import type { VectorAssembler } from "./vector_assembler.ts";

/** What is kept on the stack while code of a convolution runs. */
export const TASK_LOCALS = {
  images: 0,
  /** The filter, or the gradient with respect to the result. */
  other: 8,
  scratch: 16,
  result: 24,
  task: 32,
  unit: 40,
  /** What is before the block, and how many blocks are left. */
  block: 48,
  blocksLeft: 56,
};
export const TASK_LOCAL_BYTES = 64;
/** The same where code goes through groups of units. */
export const GROUP_LOCALS = {
  ...TASK_LOCALS,
  /** How many units are left, and how many the group has, of which `unit` is the first. */
  left: TASK_LOCAL_BYTES,
  inGroup: TASK_LOCAL_BYTES + 8,
};
export const GROUP_LOCAL_BYTES = TASK_LOCAL_BYTES + 16;
const SAVED = [RBX, RBP, R12, R13, R14, R15];

/** Code that a task calls, while it is being written: how it begins and ends, and its blocks. */
export class TaskFrame<A extends VectorAssembler> {
  readonly asm: A;
  readonly #stackBytes: number;

  /**
   * @param stackBytes How much is kept on the stack.
   * @param tensors Where the addresses of the tensors that code is called with are kept on it.
   */
  constructor(asm: A, stackBytes: number, tensors: number[]) {
    this.asm = asm;
    this.#stackBytes = stackBytes;
    SAVED.forEach((register) => asm.push(register));
    asm.sub(RSP, stackBytes);
    asm.store(onStack(TASK_LOCALS.task), RSI);
    tensors.forEach((place, i) => {
      asm.load(RAX, { base: RDI, offset: i * 8 });
      asm.store(onStack(place), RAX);
    });
  }

  /** Ends the code. */
  end(): Uint8Array<ArrayBuffer> {
    const asm = this.asm;
    asm.vzeroupper();
    asm.add(RSP, this.#stackBytes);
    SAVED.toReversed().forEach((register) => asm.pop(register));
    asm.ret();
    return asm.code;
  }

  /** Loads what a task's record tells. */
  loadFromTask(to: number, field: keyof typeof TASK): void {
    this.asm.load(to, onStack(TASK_LOCALS.task));
    this.asm.load(to, { base: to, offset: TASK[field] });
  }

  /** Repeats code for each group of at most so many units, with {@linkcode GROUP_LOCALS}. */
  repeatGroups(most: number, unitBytes: number, body: () => void): void {
    const asm = this.asm;
    const unit = onStack(GROUP_LOCALS.unit);
    const left = onStack(GROUP_LOCALS.left), inGroup = onStack(GROUP_LOCALS.inGroup);
    asm.load(R8, onStack(TASK_LOCALS.task));
    asm.load(R14, { base: R8, offset: TASK.units });
    asm.load(RAX, { base: R8, offset: TASK.unitCount });
    const start = asm.label();
    asm.place(start);
    asm.store(unit, R14);
    asm.store(left, RAX);
    asm.movNumber(RCX, BigInt(most));
    asm.cmp(RAX, { register: RCX });
    asm.cmov("less", RCX, RAX);
    asm.store(inGroup, RCX);
    body();
    asm.load(R14, unit);
    asm.load(RCX, inGroup);
    asm.imul(RAX, RCX, unitBytes);
    asm.add(R14, { register: RAX });
    asm.load(RAX, left);
    asm.sub(RAX, { register: RCX });
    asm.jump("notZero", start);
  }

  /** Repeats code for each block, of which a local says what is before it, in steps of so much. */
  repeatBlocks(step: number, body: () => void): void {
    const asm = this.asm;
    const block = onStack(TASK_LOCALS.block), left = onStack(TASK_LOCALS.blocksLeft);
    asm.load(R8, onStack(TASK_LOCALS.task));
    asm.load(RAX, { base: R8, offset: TASK.blocks });
    asm.imul(RAX, RAX, step);
    asm.store(block, RAX);
    asm.load(RCX, { base: R8, offset: TASK.blockCount });
    const start = asm.label();
    asm.place(start);
    asm.store(left, RCX);
    body();
    asm.load(RAX, block);
    asm.add(RAX, step);
    asm.store(block, RAX);
    asm.load(RCX, left);
    asm.sub(RCX, 1);
    asm.jump("notZero", start);
  }
}

/** A place on the stack. */
export function onStack(offset: number): Memory {
  return { base: RSP, offset };
}
