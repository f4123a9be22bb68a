import {
  type Memory,
  R10,
  R11,
  R12,
  R13,
  R14,
  R8,
  R9,
  RAX,
  RBP,
  RBX,
  RCX,
  RDI,
  RDX,
  RSI,
} from "./assembler.ts";
import { MOST_JOINED } from "./limits.ts";
import { TASK } from "./task.ts";
import { onStack, TASK_LOCAL_BYTES, TASK_LOCALS, TaskFrame } from "./task_frame.ts";
import { VectorAssembler, type VectorIsa } from "./vector_assembler.ts";
import { UNIT_BYTES, type WinogradPlan } from "./winograd_plan.ts";
import { loadConstants, type Transform } from "./winograd_transforms.ts";

const FLOAT_BYTES = 4;
/** What is kept on the stack while the code runs. */
export const LOCALS = {
  ...TASK_LOCALS,
  /** How many units are left, and how many the group has, of which `unit` is the first. */
  left: TASK_LOCAL_BYTES,
  inGroup: TASK_LOCAL_BYTES + 8,
  /** By what the result is scaled, and what is added, `[2, K]`. */
  scales: TASK_LOCAL_BYTES + 16,
  /** The other tensors that have channels of the images. */
  otherImages: TASK_LOCAL_BYTES + 24,
};
const LOCAL_BYTES = LOCALS.otherImages + 8 * (MOST_JOINED - 1);
/** The registers that point at rows. */
export const ROWS = [R8, R9, R10, R11, R12, R13];

/** Code that works on units and blocks, while it is being written: its loops, and what it keeps. */
export class WinogradFrame extends TaskFrame<VectorAssembler> {
  readonly plan: WinogradPlan;

  constructor(plan: WinogradPlan, isa: VectorIsa) {
    const { other, scales, scratch, result } = LOCALS;
    const taken = [...imagesOf(plan), other, ...plan.then === "nothing" ? [] : [scales]];
    super(new VectorAssembler(isa), LOCAL_BYTES, [...taken, scratch, result]);
    this.plan = plan;
  }

  /** Repeats code for each group of units. */
  eachGroup(body: () => void): void {
    const asm = this.asm;
    asm.load(R8, local("task"));
    asm.load(R14, { base: R8, offset: TASK.units });
    asm.load(RAX, { base: R8, offset: TASK.unitCount });
    const start = asm.label();
    asm.place(start);
    asm.store(local("unit"), R14);
    asm.store(local("left"), RAX);
    asm.movNumber(RCX, BigInt(this.plan.unitsPerGroup));
    asm.cmp(RAX, { register: RCX });
    asm.cmov("less", RCX, RAX);
    asm.store(local("inGroup"), RCX);
    body();
    asm.load(R14, local("unit"));
    asm.load(RCX, local("inGroup"));
    asm.imul(RAX, RCX, UNIT_BYTES);
    asm.add(R14, { register: RAX });
    asm.load(RAX, local("left"));
    asm.sub(RAX, { register: RCX });
    asm.jump("notZero", start);
  }

  /** Repeats code for each block of channels; how many bytes of a pixel are before it is in a local. */
  eachBlock(body: () => void): void {
    this.repeatBlocks(this.plan.blockChannels * FLOAT_BYTES, body);
  }

  /**
   * Repeats code for each unit of a group. R14 points at what is known of it, RBP at its first tile at
   * the points or among the products.
   */
  eachUnit(of: "points" | "products", body: () => void): void {
    const asm = this.asm, { tiles, tile, place } = this.plan;
    this.loadConstants("images");
    asm.load(R14, local("unit"));
    asm.load(RBX, local("inGroup"));
    asm.load(RBP, local("scratch"));
    asm.add(RBP, place[of]);
    asm.countDown(RBX, 1, () => {
      body();
      asm.add(R14, UNIT_BYTES);
      asm.add(RBP, tiles * tile[of]);
    });
  }

  /** Loads the constants of images or of filters into their registers. */
  loadConstants(of: "images" | "filters"): void {
    const asm = this.asm;
    asm.load(RAX, local("task"));
    asm.load(RAX, { base: RAX, offset: TASK.constants });
    loadConstants(asm, of);
  }

  /** Repeats code for each vector of some bytes, at RSI and RDI. */
  eachVector(length: number, body: () => void): void {
    this.asm.movNumber(RDX, BigInt(length));
    this.eachVectorLeft(body);
  }

  /** The same for as many bytes as RDX says. */
  eachVectorLeft(body: () => void): void {
    const asm = this.asm, { bytes } = asm.isa;
    asm.countDown(RDX, bytes, () => {
      body();
      asm.add(RSI, bytes);
      asm.add(RDI, bytes);
    });
  }

  /** Repeats code for each vector of as many bytes as RCX says, whose offset is in RAX. */
  eachVectorOfRow(body: () => void): void {
    const asm = this.asm, { bytes } = asm.isa;
    asm.xor(RAX, { register: RAX });
    asm.countDown(RCX, bytes, () => {
      body();
      asm.add(RAX, bytes);
    });
  }

  /** Has registers point at a unit's rows of a tensor; at RDX for those that are beyond the image. */
  pointAtRows(tensor: number, first: number, count: number): void {
    const asm = this.asm;
    ROWS.slice(0, count).forEach((row, i) => {
      asm.load(row, { base: R14, offset: first + i * 8 });
      asm.test(row, row);
      asm.lea(row, { base: row, index: tensor });
      asm.cmov("negative", row, RDX);
    });
  }

  /**
   * Transforms vectors from some places to others.
   *
   * @param store Writes the code that stores a vector, which it may change.
   */
  transform(
    { from, emit }: Transform,
    source: (index: number) => Memory,
    target: (index: number) => Memory,
    store = (to: Memory, register: number) => this.asm.vmovupsStore(to, register),
  ): void {
    const asm = this.asm;
    for (let i = 0; i < from; i++) asm.vmovups(i, source(i));
    emit(asm, (i, register) => store(target(i), register));
  }
}

/** Where the addresses of the tensors that have the images' channels are kept on the stack. */
export function imagesOf({ joined }: WinogradPlan): number[] {
  const others = Array.from({ length: joined - 1 }, (_, i) => LOCALS.otherImages + i * 8);
  return [LOCALS.images, ...others];
}

/** What is kept on the stack. */
export function local(name: keyof typeof LOCALS): Memory {
  return onStack(LOCALS[name]);
}
