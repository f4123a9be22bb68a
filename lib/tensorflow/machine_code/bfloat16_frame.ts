import { type Memory, R12, R8, R9, RAX, RCX, RDI, RDX, RSI } from "./assembler.ts";
import { Bfloat16Assembler } from "./bfloat16_assembler.ts";
import { squareShapes } from "./bfloat16_tiles.ts";
import { type Bfloat16Plan, ROW_BYTES, sourcesOf, UNIT, unitBytes } from "./bfloat16_plan.ts";
import { BFLOAT16_BYTES } from "./number_bytes.ts";
import { TASK } from "./task.ts";
import { onStack, TASK_LOCAL_BYTES, TASK_LOCALS, TaskFrame } from "./task_frame.ts";

/** What is kept on the stack while the code runs. */
const LOCALS = {
  ...TASK_LOCALS,
  unitsLeft: TASK_LOCAL_BYTES,
  /** Not 0 once a block has sums of an earlier unit. */
  later: TASK_LOCAL_BYTES + 8,
  bias: TASK_LOCAL_BYTES + 16,
  /** Where the bias of the columns at hand is. */
  columnBias: TASK_LOCAL_BYTES + 24,
};
const LOCAL_BYTES = TASK_LOCAL_BYTES + 32;
/** Where constants are. */
const SHAPES = 0, ORDER = 64, STRIPS = 128;

/** The vector register with the order that interleaves two halves of a vector. */
export const INTERLEAVED = 31;

/**
 * What code takes as constants: the tiles' shapes, an order of numbers, and for a convolution the strips
 * of a unit.
 */
export function bfloat16Constants(
  { terms }: Bfloat16Plan,
  strips: BigInt64Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const constants = new Uint8Array(STRIPS + strips.byteLength);
  constants.set(squareShapes(terms));
  const half = ROW_BYTES / BFLOAT16_BYTES / 2;
  const order = Uint16Array.from({ length: 2 * half }, (_, i) => i % 2 * half + (i >> 1));
  constants.set(new Uint8Array(order.buffer), ORDER);
  constants.set(new Uint8Array(strips.buffer), STRIPS);
  return constants;
}

/** Code of a convolution in bfloat16, while it is being written: its loops, and what it keeps. */
export class Bfloat16Frame extends TaskFrame<Bfloat16Assembler> {
  readonly plan: Bfloat16Plan;

  constructor(plan: Bfloat16Plan) {
    const { images, other, bias, scratch, result } = LOCALS;
    const tensors = [images, other, ...plan.bias ? [bias] : [], scratch, result];
    super(new Bfloat16Assembler(), LOCAL_BYTES, tensors);
    this.plan = plan;
    const asm = this.asm;
    asm.load(RAX, { base: RSI, offset: TASK.constants });
    asm.ldtilecfg({ base: RAX, offset: SHAPES });
    asm.vmovups(INTERLEAVED, { base: RAX, offset: ORDER });
  }

  override end(): Uint8Array<ArrayBuffer> {
    this.asm.tilerelease();
    return super.end();
  }

  /** Repeats code for each block of channels; how many channels are before it is in a local. */
  eachBlock(body: () => void): void {
    this.repeatBlocks(this.plan.blockChannels, body);
  }

  /** Repeats code for each unit, with what is known of it at the address in the local. */
  eachUnit(body: () => void): void {
    const asm = this.asm;
    asm.load(R8, local("task"));
    asm.load(RAX, { base: R8, offset: TASK.units });
    asm.store(local("unit"), RAX);
    asm.load(RCX, { base: R8, offset: TASK.unitCount });
    asm.xor(RAX, { register: RAX });
    asm.store(local("later"), RAX);
    const start = asm.label();
    asm.place(start);
    asm.store(local("unitsLeft"), RCX);
    body();
    asm.load(RAX, local("unit"));
    asm.add(RAX, unitBytes(this.plan));
    asm.store(local("unit"), RAX);
    // An address is not 0.
    asm.store(local("later"), RAX);
    asm.load(RCX, local("unitsLeft"));
    asm.sub(RCX, 1);
    asm.jump("notZero", start);
  }

  /**
   * Repeats code for each of the rows that a unit takes of the images; R9 points at its first pixel, or
   * at zeros if it is beyond the image. The code must leave R8 and R12.
   */
  eachSource(body: () => void): void {
    const asm = this.asm;
    asm.load(R8, local("unit"));
    asm.load(R12, { base: R8, offset: UNIT.sources });
    asm.add(R8, UNIT.source);
    asm.countDown(R12, 1, () => {
      asm.load(RDX, local("task"));
      asm.load(RDX, { base: RDX, offset: TASK.zeros });
      asm.load(RAX, { base: R8 });
      asm.load(R9, local("images"));
      asm.test(RAX, RAX);
      asm.lea(R9, { base: R9, index: RAX });
      asm.cmov("negative", R9, RDX);
      body();
      asm.add(R8, 8);
    });
  }

  /**
   * Copies a row, at R9, to where there are zeros after it, up to a number of pixels, and has R9 point
   * there.
   *
   * @param row.bytes How many bytes of a pixel are copied, and `gap` how many lie between them.
   */
  stage(row: { columns: number; bytes: number; gap: number }): void {
    const asm = this.asm, { width, place } = this.plan;
    asm.mov(RSI, R9);
    asm.load(R9, local("scratch"));
    asm.add(R9, place.staged);
    asm.mov(RDI, R9);
    this.copy(width, row.bytes, { from: row.gap, to: 0 });
    if (row.columns === width) return;
    asm.zero(0);
    asm.movNumber(RCX, BigInt((row.columns - width) * row.bytes));
    asm.countDown(RCX, ROW_BYTES / 2, () => {
      asm.vmovupsHalfStore({ base: RDI }, 0);
      asm.add(RDI, ROW_BYTES / 2);
    });
  }

  /** Has a register point at the unit's strips. */
  pointAtStrips(to: number): void {
    this.asm.load(to, local("task"));
    this.asm.load(to, { base: to, offset: TASK.constants });
    this.asm.add(to, STRIPS);
  }

  /** Makes the memory for a unit's rows zero, of which what is around them stays so. */
  clearRows(): void {
    const asm = this.asm, { images, rows, stride, place } = this.plan;
    asm.load(RDI, local("scratch"));
    asm.add(RDI, place.rows);
    asm.zero(0);
    asm.movNumber(RCX, BigInt(images * sourcesOf(this.plan, rows) * stride.rows));
    asm.countDown(RCX, ROW_BYTES, () => {
      asm.vmovupsStore({ base: RDI }, 0);
      asm.add(RDI, ROW_BYTES);
    });
  }

  /**
   * Copies runs of bytes, a multiple of half vectors, from RSI to RDI; both, RAX and RCX change.
   *
   * @param gaps What lies between a run and the next.
   */
  copy(runs: number, bytes: number, gaps: { from: number; to: number }): void {
    const asm = this.asm;
    const whole = Math.floor(bytes / ROW_BYTES),
      unrolled = [8, 4, 2, 1].find((n) => whole % n === 0)!;
    asm.movNumber(RCX, BigInt(runs));
    asm.countDown(RCX, 1, () => {
      if (whole > 0) {
        asm.movNumber(RAX, BigInt(whole));
        asm.countDown(RAX, unrolled, () => {
          for (let i = 0; i < unrolled; i++) asm.vmovups(i, { base: RSI, offset: i * ROW_BYTES });
          for (let i = 0; i < unrolled; i++) {
            asm.vmovupsStore({ base: RDI, offset: i * ROW_BYTES }, i);
          }
          asm.add(RSI, unrolled * ROW_BYTES);
          asm.add(RDI, unrolled * ROW_BYTES);
        });
      }
      const rest = bytes % ROW_BYTES;
      if (rest > 0) {
        asm.vmovupsHalf(0, { base: RSI });
        asm.vmovupsHalfStore({ base: RDI }, 0);
      }
      asm.add(RSI, rest + gaps.from);
      asm.add(RDI, rest + gaps.to);
    });
  }
}

/** What is kept on the stack. */
export function local(name: keyof typeof LOCALS): Memory {
  return onStack(LOCALS[name]);
}
