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
import { FLOAT_BYTES } from "./number_bytes.ts";
import { GROUP_LOCAL_BYTES, GROUP_LOCALS, onStack, TaskFrame } from "./task_frame.ts";
import { VectorAssembler, type VectorIsa } from "./vector_assembler.ts";
import { UNIT_BYTES, type WinogradPlan } from "./winograd_plan.ts";
import { loadConstants, type Transform } from "./winograd_transforms.ts";

/** What is kept on the stack while the code runs. */
export const LOCALS = {
  ...GROUP_LOCALS,
  /** By what the result is scaled, and what is added, `[2, K]`. */
  scales: GROUP_LOCAL_BYTES,
  /** The other tensors that have channels of the images. */
  otherImages: GROUP_LOCAL_BYTES + 8,
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
    this.repeatGroups(this.plan.unitsPerGroup, UNIT_BYTES, body);
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
    this.loadFromTask(RAX, "constants");
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
