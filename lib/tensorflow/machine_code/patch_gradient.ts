import { R10, R11, R12, R13, R15, R8, R9, RAX, RCX, RDI, RSI } from "./assembler.ts";
import { emitProduct, type ProductBlock } from "./matrix_product.ts";
import { FLOAT_BYTES } from "./number_bytes.ts";
import { local, PatchFrame } from "./patch_frame.ts";
import type { PatchGradientPlan } from "./patch_plan.ts";
import { LINE_BYTES } from "./task.ts";
import type { VectorIsa } from "./vector_assembler.ts";

/**
 * Makes the code of the gradient with respect to the filter of a convolution whose patches do not
 * overlap. It is called with the images, the gradient with respect to the result, scratch memory, and the
 * filter's gradient.
 */
export function patchGradientCode(
  plan: PatchGradientPlan,
  isa: VectorIsa,
): Uint8Array<ArrayBuffer> {
  const frame = new PatchFrame(plan, isa);
  clearGradient(frame);
  frame.repeatGroups(plan.pieceUnits, 1, () => {
    copyGradient(frame);
    frame.repeatBlocks(1, () => {
      copyLine(frame);
      multiplyLine(frame);
    });
  });
  return frame.end();
}

/** Makes what a task computes of the filter's gradient zero. */
function clearGradient(frame: PatchFrame<PatchGradientPlan>): void {
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
function lineOfGradient({ bytes }: PatchGradientPlan): number {
  return LINE_BYTES / FLOAT_BYTES * bytes.result;
}

/** The panels of a piece of the gradient with respect to the result. */
function copyGradient(frame: PatchFrame<PatchGradientPlan>): void {
  const asm = frame.asm, { width, sums, bytes, panels, panelBytes } = frame.plan;
  asm.load(RSI, local("unit"));
  asm.imul(RSI, RSI, width * bytes.result);
  asm.add(RSI, local("other"));
  asm.load(RDI, local("scratch"));
  asm.movNumber(R8, BigInt(panels));
  asm.countDown(R8, 1, () => {
    asm.mov(R9, RSI);
    asm.mov(R10, RDI);
    asm.load(RCX, local("inGroup"));
    asm.imul(RCX, RCX, width);
    frame.copy(sums.bytes, { from: bytes.result, to: sums.bytes });
    asm.add(RSI, sums.bytes);
    asm.add(RDI, panelBytes);
  });
}

/** The block's line of each pixel of a piece of the images. */
function copyLine(frame: PatchFrame<PatchGradientPlan>): void {
  const asm = frame.asm, { width, stride, bytes, linePlace } = frame.plan;
  frame.pointAtPlaces(R8);
  asm.load(R9, local("unit"));
  asm.imul(R9, R9, stride * bytes.imageRow);
  asm.add(R9, local("images"));
  asm.add(R9, { base: R8 });
  asm.load(R10, local("scratch"));
  asm.add(R10, linePlace);
  asm.load(R8, local("inGroup"));
  asm.countDown(R8, 1, () => {
    asm.movNumber(RCX, BigInt(width));
    frame.copy(LINE_BYTES, { from: bytes.part, to: LINE_BYTES });
    asm.add(R9, (stride - 1) * bytes.imageRow);
  });
}

/** Adds the products of the line with the panels to its rows of the filter's gradient. */
function multiplyLine(frame: PatchFrame<PatchGradientPlan>): void {
  const asm = frame.asm, { width, sums, bytes, panels, panelBytes, linePlace } = frame.plan;
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
  asm.load(R15, local("inGroup"));
  asm.imul(R15, R15, width);
  asm.load(R13, local("scratch"));
  asm.lea(RSI, { base: R13, offset: linePlace });
  asm.load(RDI, local("block"));
  asm.imul(RDI, RDI, lineOfGradient(frame.plan));
  asm.add(RDI, local("result"));
  asm.movNumber(R8, BigInt(panels));
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
