import { R10, R11, R12, R13, R14, R15, R8, R9, RAX, RBX, RCX, RDI, RSI } from "./assembler.ts";
import { emitProduct, type ProductBlock } from "./matrix_product.ts";
import { LINE_BYTES, type PatchPlan } from "./patch_plan.ts";
import { TASK } from "./task.ts";
import { onStack, TASK_LOCAL_BYTES, TASK_LOCALS, TaskFrame } from "./task_frame.ts";
import { VectorAssembler, type VectorIsa } from "./vector_assembler.ts";

const FLOAT_BYTES = 4, PLACE_BYTES = 8;
/** How many terms of a sum are added for each turn of a loop over channels. */
const UNROLLED = 4;
/** What is kept on the stack while the code runs. */
const LOCALS = {
  ...TASK_LOCALS,
  /** How many units are left, and how many the piece has, of which `unit` is the first. */
  left: TASK_LOCAL_BYTES,
  inPiece: TASK_LOCAL_BYTES + 8,
};
const LOCAL_BYTES = LOCALS.inPiece + 8;

/**
 * Makes the code of a convolution whose patches do not overlap. It is called with the images
 * `[B, s H, s W, C]`, the filter `[s, s, C, K]`, scratch memory and the result `[B, H, W, K]`.
 *
 * @param turned Whether images and result have changed places, as for the gradient with respect to
 *   images: it is called with `[B, H, W, K]`, and the result is `[B, s H, s W, C]`.
 */
export function patchConvolutionCode(
  plan: PatchPlan,
  isa: VectorIsa,
  { turned }: { turned: boolean },
): Uint8Array<ArrayBuffer> {
  const frame = new PatchFrame(plan, isa);
  frame.eachBlock(() => {
    if (turned) copyTurned(frame);
    else copyFilter(frame);
    multiplyUnits(frame, { turned });
  });
  return frame.end();
}

/**
 * Makes the code of the gradient of such a convolution with respect to the filter. It is called with
 * the images, the gradient with respect to the result, scratch memory, and the filter's gradient.
 */
export function patchGradientCode(plan: PatchPlan, isa: VectorIsa): Uint8Array<ArrayBuffer> {
  const frame = new PatchFrame(plan, isa);
  clearGradient(frame);
  frame.eachPiece(() => {
    copyGradient(frame);
    frame.eachBlock(() => {
      copyLine(frame);
      multiplyLine(frame);
    });
  });
  return frame.end();
}

/** Code that works on units and blocks, while it is being written. */
class PatchFrame extends TaskFrame<VectorAssembler> {
  readonly plan: PatchPlan;

  constructor(plan: PatchPlan, isa: VectorIsa) {
    const { images, other, scratch, result } = LOCALS;
    super(new VectorAssembler(isa), LOCAL_BYTES, [images, other, scratch, result]);
    this.plan = plan;
  }

  /** Repeats code for each block; the panels, or lines, before it are in a local. */
  eachBlock(body: () => void): void {
    const { blockPanels, linePlace } = this.plan;
    this.repeatBlocks(linePlace ? 1 : blockPanels, body);
  }

  /** Repeats code for each piece of the units. */
  eachPiece(body: () => void): void {
    const asm = this.asm, start = asm.label();
    this.loadFromTask(R14, "units");
    this.loadFromTask(RAX, "unitCount");
    asm.place(start);
    asm.store(local("unit"), R14);
    asm.store(local("left"), RAX);
    asm.movNumber(RCX, BigInt(this.plan.pieceUnits));
    asm.cmp(RAX, { register: RCX });
    asm.cmov("less", RCX, RAX);
    asm.store(local("inPiece"), RCX);
    body();
    asm.load(R14, local("unit"));
    asm.load(RCX, local("inPiece"));
    asm.add(R14, { register: RCX });
    asm.load(RAX, local("left"));
    asm.sub(RAX, { register: RCX });
    asm.jump("notZero", start);
  }

  loadFromTask(to: number, field: keyof typeof TASK): void {
    this.asm.load(to, local("task"));
    this.asm.load(to, { base: to, offset: TASK[field] });
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

/** The panels of a block of the filter's columns. */
function copyFilter(frame: PatchFrame): void {
  const asm = frame.asm, { sums, bytes, blockPanels } = frame.plan;
  const rows = frame.plan.stride * bytes.part / FLOAT_BYTES;
  asm.load(RSI, local("block"));
  asm.imul(RSI, RSI, sums.bytes);
  asm.add(RSI, local("other"));
  asm.load(R10, local("scratch"));
  asm.movNumber(R8, BigInt(blockPanels));
  asm.countDown(R8, 1, () => {
    asm.mov(R9, RSI);
    asm.movNumber(RCX, BigInt(rows));
    frame.copy(sums.bytes, { from: bytes.result, to: sums.bytes });
    asm.add(RSI, sums.bytes);
  });
}

/** The panels of a block of the filter's rows, which are columns then. */
function copyTurned(frame: PatchFrame): void {
  const asm = frame.asm, { sums, bytes, blockPanels, filters } = frame.plan;
  const size = asm.isa.bytes / FLOAT_BYTES;
  asm.load(RSI, local("block"));
  asm.imul(RSI, RSI, sums.bytes * filters);
  asm.add(RSI, local("other"));
  asm.load(RDI, local("scratch"));
  asm.movNumber(R8, BigInt(blockPanels));
  asm.countDown(R8, 1, () => {
    for (let vector = 0; vector < sums.vectors; vector++) {
      asm.lea(R9, { base: RSI, offset: vector * size * bytes.result });
      asm.lea(R10, { base: RDI, offset: vector * asm.isa.bytes });
      asm.movNumber(RCX, BigInt(filters / size));
      asm.countDown(RCX, 1, () => {
        asm.transpose(
          (row) => ({ base: R9, offset: row * bytes.result }),
          (column) => ({ base: R10, offset: column * sums.bytes }),
        );
        asm.add(R9, asm.isa.bytes);
        asm.add(R10, size * sums.bytes);
      });
    }
    asm.add(RSI, sums.bytes * filters);
    asm.add(RDI, frame.plan.panelBytes);
  });
}

/** The products of each unit with the block's panels. */
function multiplyUnits(frame: PatchFrame, { turned }: { turned: boolean }): void {
  const asm = frame.asm, { width, stride, sums, bytes, blockPanels, panelBytes } = frame.plan;
  const unit = { images: stride * bytes.imageRow, result: width * bytes.result };
  const left = turned
    ? { unit: unit.result, row: bytes.result, runs: 1 }
    : { unit: unit.images, row: bytes.part, runs: stride };
  const result = turned
    ? { unit: unit.images, row: bytes.part }
    : { unit: unit.result, row: bytes.result };
  const block: ProductBlock = {
    rows: sums.rows,
    vectors: sums.vectors,
    left: { row: left.row, step: FLOAT_BYTES },
    // The parts of a pixel are below each other.
    runs: { count: left.runs, gap: bytes.imageRow - bytes.part },
    right: { step: sums.bytes },
    result: { row: result.row },
    unrolled: UNROLLED,
    adds: false,
    fetched: "left",
  };
  frame.loadFromTask(RAX, "units");
  asm.imul(RSI, RAX, left.unit);
  asm.add(RSI, local("images"));
  asm.imul(RDI, RAX, result.unit);
  asm.add(RDI, local("result"));
  frame.loadFromTask(RBX, "unitCount");
  asm.countDown(RBX, 1, () => {
    asm.load(R13, local("scratch"));
    frame.pointAtPlaces(R14);
    asm.movNumber(R8, BigInt(blockPanels));
    asm.countDown(R8, 1, () => {
      asm.load(R12, { base: R14 });
      asm.add(R12, { register: RDI });
      asm.mov(RCX, RSI);
      asm.movNumber(R9, BigInt(width / sums.rows));
      asm.countDown(R9, 1, () => {
        asm.mov(R10, RCX);
        asm.mov(R11, R13);
        asm.movNumber(RAX, BigInt(left.row / FLOAT_BYTES / UNROLLED));
        emitProduct(asm, block);
        asm.add(RCX, sums.rows * left.row);
        asm.add(R12, sums.rows * result.row);
      });
      asm.add(R13, panelBytes);
      asm.add(R14, PLACE_BYTES);
    });
    asm.add(RSI, left.unit);
    asm.add(RDI, result.unit);
  });
}

/** Makes what a task computes of the filter's gradient zero. */
function clearGradient(frame: PatchFrame): void {
  const asm = frame.asm, bytes = lineOfGradient(frame.plan);
  frame.loadFromTask(RAX, "blocks");
  asm.imul(RDI, RAX, bytes);
  asm.add(RDI, local("result"));
  frame.loadFromTask(RCX, "blockCount");
  asm.imul(RCX, RCX, bytes);
  asm.zero(0);
  asm.countDown(RCX, asm.isa.bytes, () => {
    asm.vmovupsStore({ base: RDI }, 0);
    asm.add(RDI, asm.isa.bytes);
  });
}

/** How many bytes the filter's gradient has for a line of the images' numbers. */
function lineOfGradient({ bytes }: PatchPlan): number {
  return LINE_BYTES / FLOAT_BYTES * bytes.result;
}

/** The panels of a piece of the gradient with respect to the result. */
function copyGradient(frame: PatchFrame): void {
  const asm = frame.asm, { width, sums, bytes, blockPanels, panelBytes } = frame.plan;
  asm.load(RSI, local("unit"));
  asm.imul(RSI, RSI, width * bytes.result);
  asm.add(RSI, local("other"));
  asm.load(RDI, local("scratch"));
  asm.movNumber(R8, BigInt(blockPanels));
  asm.countDown(R8, 1, () => {
    asm.mov(R9, RSI);
    asm.mov(R10, RDI);
    asm.load(RCX, local("inPiece"));
    asm.imul(RCX, RCX, width);
    frame.copy(sums.bytes, { from: bytes.result, to: sums.bytes });
    asm.add(RSI, sums.bytes);
    asm.add(RDI, panelBytes);
  });
}

/** The block's line of each pixel of a piece of the images. */
function copyLine(frame: PatchFrame): void {
  const asm = frame.asm, { width, stride, bytes, linePlace } = frame.plan;
  frame.pointAtPlaces(R8);
  asm.load(R9, local("unit"));
  asm.imul(R9, R9, stride * bytes.imageRow);
  asm.add(R9, local("images"));
  asm.add(R9, { base: R8 });
  asm.load(R10, local("scratch"));
  asm.add(R10, linePlace);
  asm.load(R8, local("inPiece"));
  asm.countDown(R8, 1, () => {
    asm.movNumber(RCX, BigInt(width));
    frame.copy(LINE_BYTES, { from: bytes.part, to: LINE_BYTES });
    asm.add(R9, (stride - 1) * bytes.imageRow);
  });
}

/** Adds the products of the line with the panels to its rows of the filter's gradient. */
function multiplyLine(frame: PatchFrame): void {
  const asm = frame.asm, { width, sums, bytes, blockPanels, panelBytes, linePlace } = frame.plan;
  const block: ProductBlock = {
    rows: sums.rows,
    vectors: sums.vectors,
    left: { row: FLOAT_BYTES, step: LINE_BYTES },
    right: { step: sums.bytes },
    result: { row: bytes.result },
    unrolled: 1,
    adds: true,
    fetched: "neither",
  };
  asm.load(R15, local("inPiece"));
  asm.imul(R15, R15, width);
  asm.load(R13, local("scratch"));
  asm.lea(RSI, { base: R13, offset: linePlace });
  asm.load(RDI, local("block"));
  asm.imul(RDI, RDI, lineOfGradient(frame.plan));
  asm.add(RDI, local("result"));
  asm.movNumber(R8, BigInt(blockPanels));
  asm.countDown(R8, 1, () => {
    asm.mov(RCX, RSI);
    asm.mov(R12, RDI);
    asm.movNumber(R9, BigInt(LINE_BYTES / FLOAT_BYTES / sums.rows));
    asm.countDown(R9, 1, () => {
      asm.mov(R10, RCX);
      asm.mov(R11, R13);
      asm.mov(RAX, R15);
      emitProduct(asm, block);
      asm.add(RCX, sums.rows * FLOAT_BYTES);
      asm.add(R12, sums.rows * bytes.result);
    });
    asm.add(R13, panelBytes);
    asm.add(RDI, sums.bytes);
  });
}

/** What is kept on the stack. */
function local(name: keyof typeof LOCALS): ReturnType<typeof onStack> {
  return onStack(LOCALS[name]);
}
