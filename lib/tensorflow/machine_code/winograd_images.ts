import { PART, TILE } from "./winograd_tiles.ts";
import { type Memory, R12, R13, R14, RAX, RBP, RCX, RDI, RDX, RSI } from "./assembler.ts";
import { TASK } from "./task.ts";
import { imagesOf, local, LOCALS, ROWS, type WinogradFrame } from "./winograd_frame.ts";
import { onStack } from "./task_frame.ts";
import { UNIT } from "./winograd_plan.ts";
import {
  PART_TO_POINTS,
  POINTS_TO_TILE,
  TILE_TO_POINTS,
  type Transform,
} from "./winograd_transforms.ts";

// The code that brings a unit of images to the points and back. What is columns first is rows of the
// unit afterwards: a transform down, and then one across.

/** The register that points at what a vector of the result is scaled by. */
const SCALES = R13;

/** A unit of the images, at the points: the channels that one tensor has, and those of the next. */
export function imagesToPoints(frame: WinogradFrame): void {
  const { tiles, margin, pixel, stride, tile, place } = frame.plan;
  const columns = tiles * TILE + PART - TILE;
  imagesOf(frame.plan).forEach((tensor, i) => {
    rowsToPoints(frame, PART_TO_POINTS, {
      tensor,
      rows: UNIT.imageRows,
      length: UNIT.imageBytes,
      start: UNIT.imageStart,
      place: place.rows,
      stride: stride.rows,
      pixel: pixel.part,
      // What is beyond the images at the left and at the right.
      empty: [0, ...Array.from({ length: margin }, (_, i) => columns - 1 - i)],
    });
    tilesToPoints(frame, PART_TO_POINTS, {
      place: place.rows,
      stride: stride.rows,
      pixel: pixel.part,
      points: stride.points,
      tile: tile.points,
      first: i * pixel.part,
    });
  });
}

/** A unit of the gradient, at the points. */
export function gradientToPoints(frame: WinogradFrame): void {
  const { tiles, margin, pixel, stride, tile, place } = frame.plan;
  rowsToPoints(frame, TILE_TO_POINTS, {
    tensor: LOCALS.other,
    rows: UNIT.resultRows,
    length: UNIT.resultBytes,
    place: place.results,
    stride: stride.results,
    pixel: pixel.result,
    empty: Array.from({ length: margin - 1 }, (_, i) => tiles * TILE - 1 - i),
  });
  tilesToPoints(frame, TILE_TO_POINTS, {
    place: place.results,
    stride: stride.results,
    pixel: pixel.result,
    points: stride.products,
    tile: tile.products,
  });
}

/** A unit of the result, of the products at the points: those columns that the block has. */
export function productsToResult(frame: WinogradFrame): void {
  const asm = frame.asm, { tiles, pixel, stride, tile, place } = frame.plan;
  asm.mov(RSI, RBP);
  asm.load(RDI, local("scratch"));
  asm.add(RDI, place.results);
  asm.movNumber(RCX, BigInt(tiles));
  asm.countDown(RCX, 1, () => {
    frame.eachVector(pixel.products, () => {
      for (let y = 0; y < PART; y++) {
        frame.transform(
          POINTS_TO_TILE,
          (x) => ({ base: RSI, offset: (y * PART + x) * stride.products }),
          (x) => ({ base: RDI, offset: y * stride.results + x * pixel.products }),
        );
      }
    });
    if (pixel.products < tile.products) asm.add(RSI, tile.products - pixel.products);
    asm.add(RDI, (TILE - 1) * pixel.products);
  });

  asm.load(RSI, local("scratch"));
  asm.lea(RDX, { base: RSI, offset: place.waste });
  asm.add(RSI, place.results);
  asm.load(RDI, local("result"));
  asm.add(RDI, local("block"));
  frame.pointAtRows(RDI, UNIT.resultRows, TILE);
  asm.load(RCX, { base: R14, offset: UNIT.resultPixels });
  asm.xor(RAX, { register: RAX });
  asm.xor(RDX, { register: RDX });
  const isScaled = frame.plan.then !== "nothing";
  asm.countDown(RCX, 1, () => {
    asm.movNumber(R12, BigInt(pixel.products));
    if (isScaled) {
      asm.load(SCALES, local("scales"));
      asm.add(SCALES, local("block"));
    }
    asm.countDown(R12, asm.isa.bytes, () => {
      frame.transform(
        POINTS_TO_TILE,
        (y) => ({ base: RSI, index: RAX, offset: y * stride.results }),
        (y) => ({ base: ROWS[y]!, index: RDX }),
        isScaled ? (to, number) => storeScaled(frame, to, number) : undefined,
      );
      asm.add(RAX, asm.isa.bytes);
      asm.add(RDX, asm.isa.bytes);
      if (isScaled) asm.add(SCALES, asm.isa.bytes);
    });
    if (pixel.products < pixel.result) asm.add(RDX, pixel.result - pixel.products);
  });
}

/** Stores a vector of the result, scaled: once {@linkcode POINTS_TO_TILE} stores, two registers are free. */
function storeScaled({ asm, plan }: WinogradFrame, to: Memory, number: number): void {
  const [scale, scaled] = [3, 4];
  asm.vmovups(scale, { base: SCALES });
  asm.vmovups(scaled, { base: SCALES, offset: plan.pixel.result });
  asm.vfmadd231ps(scaled, scale, number);
  if (plan.then === "scaled, ReLU") {
    asm.zero(number);
    // What is not a number stays so.
    asm.vmaxps(scaled, number, scaled);
  }
  asm.vmovupsStore(to, scaled);
}

/** Brings the columns of a unit's rows to the points. */
function rowsToPoints(frame: WinogradFrame, transform: Transform, unit: {
  /** Where its address is kept on the stack. */
  tensor: number;
  /** Where in what is known of the unit its rows and their length are, and where that goes. */
  rows: number;
  length: number;
  start?: number;
  /** Where the results go, and from one of them to the next. */
  place: number;
  stride: number;
  pixel: number;
  /** The columns that may be beyond the tensor. */
  empty: number[];
}): void {
  const asm = frame.asm;
  asm.load(RDI, local("scratch"));
  asm.add(RDI, unit.place);
  asm.zero(0);
  asm.movNumber(RCX, BigInt(unit.pixel));
  if (unit.empty.length > 0) {
    frame.eachVectorOfRow(() => {
      for (let point = 0; point < transform.to; point++) {
        for (const column of unit.empty) {
          const offset = point * unit.stride + column * unit.pixel;
          asm.vmovupsStore({ base: RDI, index: RAX, offset }, 0);
        }
      }
    });
  }
  if (unit.start !== undefined) asm.add(RDI, { base: R14, offset: unit.start });
  asm.load(RDX, local("task"));
  asm.load(RDX, { base: RDX, offset: TASK.zeros });
  asm.load(RSI, onStack(unit.tensor));
  frame.pointAtRows(RSI, unit.rows, transform.from);
  asm.load(RCX, { base: R14, offset: unit.length });
  frame.eachVectorOfRow(() =>
    frame.transform(
      transform,
      (y) => ({ base: ROWS[y]!, index: RAX }),
      (y) => ({ base: RDI, index: RAX, offset: y * unit.stride }),
    )
  );
}

/** Brings the rows of a unit's tiles to the points, to where RBP points. */
function tilesToPoints(
  frame: WinogradFrame,
  transform: Transform,
  unit: {
    place: number;
    stride: number;
    pixel: number;
    /** From one point to the next, and from one tile there to the next. */
    points: number;
    tile: number;
    /** How many bytes of a tile there are before these. */
    first?: number;
  },
): void {
  const asm = frame.asm;
  asm.load(RSI, local("scratch"));
  asm.add(RSI, unit.place);
  asm.lea(RDI, { base: RBP, offset: unit.first ?? 0 });
  asm.movNumber(RCX, BigInt(frame.plan.tiles));
  asm.countDown(RCX, 1, () => {
    frame.eachVector(unit.pixel, () => {
      for (let y = 0; y < PART; y++) {
        frame.transform(
          transform,
          (x) => ({ base: RSI, offset: y * unit.stride + x * unit.pixel }),
          (x) => ({ base: RDI, offset: (y * PART + x) * unit.points }),
        );
      }
    });
    asm.add(RSI, (TILE - 1) * unit.pixel);
    if (unit.pixel < unit.tile) asm.add(RDI, unit.tile - unit.pixel);
  });
}
