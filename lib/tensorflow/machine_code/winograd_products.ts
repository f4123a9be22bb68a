import { PART } from "./winograd_tiles.ts";
import {
  R10,
  R11,
  R12,
  R13,
  R14,
  R15,
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
import { emitProduct, type ProductBlock, registerBlock } from "./matrix_product.ts";
import { FLOAT_BYTES } from "./number_bytes.ts";
import { local, type WinogradFrame } from "./winograd_frame.ts";

// The code of the products of matrices at the points.

const POINTS = PART ** 2;
/** How many terms of a sum are added for each turn of a loop over channels. */
const UNROLLED = 4;
/** Of so many tiles what is multiplied for a filter's gradient stays in a core's first cache. */
const PIECE = 64;

/** The products of a group with a block of the filter, at each point. */
export function multiplyByFilter(frame: WinogradFrame): void {
  const asm = frame.asm, { tiles, channels, isCached, pixel, tile } = frame.plan;
  const { rows, vectors } = registerBlock(asm.isa, pixel.products);
  asm.load(R15, local("inGroup"));
  asm.imul(R15, R15, tiles);
  asm.add(R15, rows - 1);
  asm.shr(R15, Math.log2(rows));
  const block: ProductBlock = {
    rows,
    vectors,
    left: { row: tile.points, step: FLOAT_BYTES },
    right: { step: pixel.products },
    result: { row: tile.products },
    unrolled: UNROLLED,
    adds: false,
    fetched: isCached ? "neither" : "left",
  };
  eachPoint(frame, { left: "points", right: "filter", result: "products" }, () => {
    const countTurns = () => asm.movNumber(RAX, BigInt(channels / UNROLLED));
    multiplyBlocks(frame, block, pixel.products, countTurns);
  });
}

/** The products of a block of a group's channels with the gradient, at each point: piece by piece. */
export function multiplyByGradient(frame: WinogradFrame, { adds }: { adds: boolean }): void {
  const asm = frame.asm, { tiles, blockChannels, isCached, pixel, tile } = frame.plan;
  const { rows, vectors } = registerBlock(asm.isa, pixel.result);
  /** Moves the places of what is multiplied by as many tiles as a register says. */
  const move = (by: "add" | "sub", count: number) => {
    for (const [place, bytes] of [[RSI, tile.points], [R13, tile.products]] as const) {
      asm.imul(RAX, count, bytes);
      asm[by](place, { register: RAX });
    }
  };
  const loadTiles = () => {
    asm.load(RBP, local("inGroup"));
    asm.imul(RBP, RBP, tiles);
  };
  const multiplyPiece = ({ adds }: { adds: boolean }) => {
    asm.movNumber(R14, BigInt(PIECE));
    asm.cmp(RBP, { register: R14 });
    asm.cmov("less", R14, RBP);
    const block: ProductBlock = {
      rows,
      vectors,
      left: { row: FLOAT_BYTES, step: tile.points },
      right: { step: tile.products },
      result: { row: pixel.result },
      unrolled: 1,
      adds,
      fetched: isCached ? "neither" : "right",
    };
    multiplyBlocks(frame, block, pixel.result, () => asm.mov(RAX, R14));
    move("add", R14);
    asm.sub(RBP, { register: R14 });
  };
  asm.movNumber(R15, BigInt(blockChannels / rows));
  eachPoint(frame, { left: "points", right: "products", result: "filter" }, () => {
    const start = asm.label(), end = asm.label();
    loadTiles();
    if (!adds) {
      multiplyPiece({ adds });
      asm.jump("zero", end);
    }
    asm.place(start);
    multiplyPiece({ adds: true });
    asm.jump("notZero", start);
    asm.place(end);
    loadTiles();
    move("sub", RBP);
  }, { ofBlock: true });
}

/** Repeats code for each point, with RSI, R13 and RDI at what is multiplied and the result. */
function eachPoint(
  frame: WinogradFrame,
  of: Record<"left" | "right" | "result", "points" | "products" | "filter">,
  body: () => void,
  { ofBlock = false }: { ofBlock?: boolean } = {},
): void {
  const asm = frame.asm, { stride, place } = frame.plan;
  asm.load(RSI, local("scratch"));
  asm.lea(R13, { base: RSI, offset: place[of.right] });
  asm.lea(RDI, { base: RSI, offset: place[of.result] });
  asm.add(RSI, place[of.left]);
  if (ofBlock) asm.add(RSI, local("block"));
  asm.movNumber(RBX, BigInt(POINTS));
  asm.countDown(RBX, 1, () => {
    body();
    asm.add(RSI, stride[of.left]);
    asm.add(R13, stride[of.right]);
    asm.add(RDI, stride[of.result]);
  });
}

/**
 * A product of matrices, block by block: of those at RSI and R13 into that at RDI. R15 has the number
 * of blocks of rows that the left one has.
 *
 * @param rowBytes How many bytes a row of the right one has.
 * @param countTurns Tells RAX how many turns a block takes.
 */
function multiplyBlocks(
  frame: WinogradFrame,
  block: ProductBlock,
  rowBytes: number,
  countTurns: () => void,
): void {
  const asm = frame.asm, { rows, vectors, left, result } = block;
  const width = vectors * asm.isa.bytes;
  asm.xor(RDX, { register: RDX });
  asm.movNumber(R8, BigInt(rowBytes / width));
  asm.countDown(R8, 1, () => {
    asm.mov(RCX, RSI);
    asm.lea(R12, { base: RDI, index: RDX });
    asm.mov(R9, R15);
    asm.countDown(R9, 1, () => {
      asm.mov(R10, RCX);
      asm.lea(R11, { base: R13, index: RDX });
      countTurns();
      emitProduct(asm, block);
      asm.add(RCX, rows * left.row);
      asm.add(R12, rows * result.row);
    });
    asm.add(RDX, width);
  });
}
