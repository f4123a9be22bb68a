import { R10, R11, R12, R13, R14, R8, R9, RAX, RBX, RCX, RDI, RSI } from "./assembler.ts";
import { emitProduct, type ProductBlock } from "./matrix_product.ts";
import { FLOAT_BYTES } from "./number_bytes.ts";
import { local, PatchFrame, PLACE_BYTES } from "./patch_frame.ts";
import type { PatchPlan } from "./patch_plan.ts";
import type { VectorIsa } from "./vector_assembler.ts";

/** How many terms of a sum are added for each turn of a loop over channels. */
const UNROLLED = 4;

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
  frame.repeatBlocks(plan.panels, () => {
    if (turned) copyTurned(frame);
    else copyFilter(frame);
    multiplyUnits(frame, { turned });
  });
  return frame.end();
}

/** The panels of a block of the filter's columns. */
function copyFilter(frame: PatchFrame<PatchPlan>): void {
  const asm = frame.asm, { sums, bytes, panels } = frame.plan;
  const rows = frame.plan.stride * bytes.part / FLOAT_BYTES;
  asm.load(RSI, local("block"));
  asm.imul(RSI, RSI, sums.bytes);
  asm.add(RSI, local("other"));
  asm.load(R10, local("scratch"));
  asm.movNumber(R8, BigInt(panels));
  asm.countDown(R8, 1, () => {
    asm.mov(R9, RSI);
    asm.movNumber(RCX, BigInt(rows));
    frame.copy(sums.bytes, { from: bytes.result, to: sums.bytes });
    asm.add(RSI, sums.bytes);
  });
}

/** The panels of a block of the filter's rows, which are columns then. */
function copyTurned(frame: PatchFrame<PatchPlan>): void {
  const asm = frame.asm, { sums, bytes, panels, filters } = frame.plan;
  const size = asm.isa.bytes / FLOAT_BYTES;
  asm.load(RSI, local("block"));
  asm.imul(RSI, RSI, sums.bytes * filters);
  asm.add(RSI, local("other"));
  asm.load(RDI, local("scratch"));
  asm.movNumber(R8, BigInt(panels));
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
function multiplyUnits(frame: PatchFrame<PatchPlan>, { turned }: { turned: boolean }): void {
  const asm = frame.asm, { width, stride, sums, bytes, panels, panelBytes } = frame.plan;
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
    asm.movNumber(R8, BigInt(panels));
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
