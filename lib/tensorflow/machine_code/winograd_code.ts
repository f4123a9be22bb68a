import { FILTER, PART, TILE } from "./winograd_tiles.ts";
import {
  type Memory,
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
  RSP,
} from "./assembler.ts";
import { TASK } from "./task.ts";
import { blockSize, emitProduct, type ProductBlock } from "./matrix_product.ts";
import { VectorAssembler, type VectorUnit } from "./vector_assembler.ts";
import { UNIT, UNIT_BYTES, type WinogradPlan } from "./winograd_plan.ts";
import {
  FILTER_TO_POINTS,
  loadConstants,
  PART_TO_POINTS,
  POINTS_TO_FILTER,
  POINTS_TO_TILE,
  TILE_TO_POINTS,
  type Transform,
} from "./winograd_transforms.ts";

const POINTS = PART ** 2;
const FLOAT_BYTES = 4;
/** How many terms of a sum are added for each turn of a loop over channels. */
const UNROLLED = 4;
/** What is kept on the stack while the code runs, and vectors between two transforms after that. */
const LOCALS = {
  images: 0,
  other: 8,
  scratch: 16,
  result: 24,
  task: 32,
  /** The group's first unit, how many units are left, and how many it has. */
  unit: 40,
  left: 48,
  inGroup: 56,
  /** Where the block begins in a pixel, in bytes, and how many blocks are left. */
  block: 64,
  blocksLeft: 72,
};
const LOCAL_BYTES = 80;
/** The tensors that code is called with; `other` is the filter or the result's gradient. */
const TENSORS = ["images", "other", "scratch", "result"] as const;
const BETWEEN = FILTER * PART;
const SAVED = [RBX, RBP, R12, R13, R14, R15];
/** The registers that point at rows. */
const ROWS = [R8, R9, R10, R11, R12, R13];

/**
 * Makes the code of a convolution by Winograd's minimal filtering: group by group the images' parts are
 * brought to the points, multiplied there with the filter's values, and brought back. It is called
 * with the images `[B, H, W, C]`, the filter `[3, 3, C, K]`, scratch memory, and the result
 * `[B, H, W, K]`.
 *
 * @param turned Whether the filter is `[3, 3, K, C]`, to be turned by 180 degrees, as for the gradient
 *   with respect to images.
 */
export function convolutionCode(
  plan: WinogradPlan,
  unit: VectorUnit,
  { turned }: { turned: boolean },
): Uint8Array<ArrayBuffer> {
  const code = new WinogradCode(plan, unit);
  const filterToPoints = () => turned ? code.turnedFilterToPoints() : code.filterToPoints();
  const once = plan.blocks === 1;
  if (once) code.eachBlock(filterToPoints);
  code.eachGroup(() => {
    code.eachUnit("points", () => code.imagesToPoints());
    code.eachBlock(() => {
      if (!once) filterToPoints();
      code.multiplyByFilter();
      code.eachUnit("products", () => code.productsToResult());
    });
  });
  return code.end();
}

/**
 * Makes the code of the gradient of such a convolution with respect to the filter. It is called with
 * the images, the gradient with respect to the result, scratch memory, and the filter's gradient
 * `[3, 3, C, K]`.
 */
export function filterGradientCode(plan: WinogradPlan, unit: VectorUnit): Uint8Array<ArrayBuffer> {
  const code = new WinogradCode(plan, unit);
  const adds = !plan.byBlocks;
  if (adds) code.clearGradient();
  code.eachGroup(() => {
    code.eachUnit("points", () => code.imagesToPoints());
    code.eachUnit("products", () => code.gradientToPoints());
    code.eachBlock(() => {
      code.multiplyByGradient({ adds });
      if (!adds) code.pointsToFilter();
    });
  });
  if (adds) code.eachBlock(() => code.pointsToFilter());
  return code.end();
}

/** Writes the parts of such code. */
class WinogradCode {
  readonly #plan: WinogradPlan;
  readonly #asm: VectorAssembler;

  constructor(plan: WinogradPlan, unit: VectorUnit) {
    this.#plan = plan;
    const asm = this.#asm = new VectorAssembler(unit);
    SAVED.forEach((register) => asm.push(register));
    asm.sub(RSP, LOCAL_BYTES + BETWEEN * unit.bytes);
    asm.store(local("task"), RSI);
    TENSORS.forEach((name, i) => {
      asm.load(RAX, { base: RDI, offset: i * 8 });
      asm.store(local(name), RAX);
    });
  }

  /** Ends the code. */
  end(): Uint8Array<ArrayBuffer> {
    const asm = this.#asm;
    asm.vzeroupper();
    asm.add(RSP, LOCAL_BYTES + BETWEEN * asm.unit.bytes);
    SAVED.toReversed().forEach((register) => asm.pop(register));
    asm.ret();
    return asm.code;
  }

  /** Repeats code for each group of units. */
  eachGroup(body: () => void): void {
    const asm = this.#asm;
    asm.load(R8, local("task"));
    asm.load(R14, { base: R8, offset: TASK.units });
    asm.load(RAX, { base: R8, offset: TASK.unitCount });
    const start = asm.label();
    asm.place(start);
    asm.store(local("unit"), R14);
    asm.store(local("left"), RAX);
    asm.movNumber(RCX, BigInt(this.#plan.unitsPerGroup));
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

  /** Repeats code for each block of channels. */
  eachBlock(body: () => void): void {
    const asm = this.#asm, bytes = this.#plan.blockChannels * FLOAT_BYTES;
    asm.load(R8, local("task"));
    asm.load(RAX, { base: R8, offset: TASK.blocks });
    asm.imul(RAX, RAX, bytes);
    asm.store(local("block"), RAX);
    asm.load(RCX, { base: R8, offset: TASK.blockCount });
    const start = asm.label();
    asm.place(start);
    asm.store(local("blocksLeft"), RCX);
    body();
    asm.load(RAX, local("block"));
    asm.add(RAX, bytes);
    asm.store(local("block"), RAX);
    asm.load(RCX, local("blocksLeft"));
    asm.sub(RCX, 1);
    asm.jump("notZero", start);
  }

  /**
   * Repeats code for each unit of a group. R14 points at what is known of it, RBP at its first tile at
   * the points or among the products.
   */
  eachUnit(of: "points" | "products", body: () => void): void {
    const asm = this.#asm, { tiles, pixel, place } = this.#plan;
    this.#loadConstants("images");
    asm.load(R14, local("unit"));
    asm.load(RBX, local("inGroup"));
    asm.load(RBP, local("scratch"));
    asm.add(RBP, place[of]);
    asm.countDown(RBX, 1, () => {
      body();
      asm.add(R14, UNIT_BYTES);
      asm.add(RBP, tiles * (of === "points" ? pixel.images : pixel.products));
    });
  }

  /** A unit of the images, at the points. */
  imagesToPoints(): void {
    const { tiles, margin, pixel, stride, place } = this.#plan;
    const columns = tiles * TILE + PART - TILE;
    this.#rowsToPoints(PART_TO_POINTS, {
      tensor: "images",
      rows: UNIT.imageRows,
      length: UNIT.imageBytes,
      start: UNIT.imageStart,
      place: place.rows,
      stride: stride.rows,
      pixel: pixel.images,
      // What is beyond the images at the left and at the right.
      empty: [0, ...Array.from({ length: margin }, (_, i) => columns - 1 - i)],
    });
    this.#tilesToPoints(PART_TO_POINTS, {
      place: place.rows,
      stride: stride.rows,
      pixel: pixel.images,
      points: stride.points,
    });
  }

  /** A unit of the gradient, at the points. */
  gradientToPoints(): void {
    const { tiles, margin, pixel, stride, place } = this.#plan;
    this.#rowsToPoints(TILE_TO_POINTS, {
      tensor: "other",
      rows: UNIT.resultRows,
      length: UNIT.resultBytes,
      place: place.results,
      stride: stride.results,
      pixel: pixel.result,
      empty: Array.from({ length: margin - 1 }, (_, i) => tiles * TILE - 1 - i),
    });
    this.#tilesToPoints(TILE_TO_POINTS, {
      place: place.results,
      stride: stride.results,
      pixel: pixel.result,
      points: stride.products,
    });
  }

  /** A unit of the result, of the products at the points: those columns that the block has. */
  productsToResult(): void {
    const asm = this.#asm, { tiles, pixel, stride, place } = this.#plan;
    asm.mov(RSI, RBP);
    asm.load(RDI, local("scratch"));
    asm.add(RDI, place.results);
    asm.movNumber(RCX, BigInt(tiles));
    asm.countDown(RCX, 1, () => {
      this.#eachVector(pixel.products, () => {
        for (let y = 0; y < PART; y++) {
          this.#transform(
            POINTS_TO_TILE,
            (x) => ({ base: RSI, offset: (y * PART + x) * stride.products }),
            (x) => ({ base: RDI, offset: y * stride.results + x * pixel.products }),
          );
        }
      });
      asm.add(RDI, (TILE - 1) * pixel.products);
    });

    asm.load(RSI, local("scratch"));
    asm.lea(RDX, { base: RSI, offset: place.waste });
    asm.add(RSI, place.results);
    asm.load(RDI, local("result"));
    asm.add(RDI, local("block"));
    this.#pointAtRows(RDI, UNIT.resultRows, TILE);
    asm.load(RCX, { base: R14, offset: UNIT.resultPixels });
    asm.xor(RAX, { register: RAX });
    asm.xor(RDX, { register: RDX });
    asm.countDown(RCX, 1, () => {
      asm.movNumber(R12, BigInt(pixel.products));
      asm.countDown(R12, asm.unit.bytes, () => {
        this.#transform(
          POINTS_TO_TILE,
          (y) => ({ base: RSI, index: RAX, offset: y * stride.results }),
          (y) => ({ base: ROWS[y]!, index: RDX }),
        );
        asm.add(RAX, asm.unit.bytes);
        asm.add(RDX, asm.unit.bytes);
      });
      if (pixel.products < pixel.result) asm.add(RDX, pixel.result - pixel.products);
    });
  }

  /** The products of a group with a block of the filter, at each point. */
  multiplyByFilter(): void {
    const asm = this.#asm, { tiles, channels, pixel } = this.#plan;
    const { rows, vectors } = blockSize(asm, pixel.products);
    asm.load(R15, local("inGroup"));
    asm.imul(R15, R15, tiles);
    asm.add(R15, rows - 1);
    asm.shr(R15, Math.log2(rows));
    this.#eachPoint(
      { left: "points", right: "filter", result: "products" },
      () =>
        this.#eachProduct({ rows, vectors, resultRow: pixel.products, blocks: R15 }, () => {
          asm.movNumber(RAX, BigInt(channels / UNROLLED));
          return {
            left: { row: pixel.images, step: FLOAT_BYTES },
            unrolled: UNROLLED,
            adds: false,
          };
        }),
    );
  }

  /** The products of a block of a group's channels with the gradient, at each point. */
  multiplyByGradient({ adds }: { adds: boolean }): void {
    const asm = this.#asm, { tiles, blockChannels, pixel } = this.#plan;
    const { rows, vectors } = blockSize(asm, pixel.result);
    asm.movNumber(R15, BigInt(blockChannels / rows));
    this.#eachPoint(
      { left: "points", right: "products", result: "filter" },
      () =>
        this.#eachProduct({ rows, vectors, resultRow: pixel.result, blocks: R15 }, () => {
          asm.load(RAX, local("inGroup"));
          asm.imul(RAX, RAX, tiles);
          return { left: { row: FLOAT_BYTES, step: pixel.images }, unrolled: 1, adds };
        }),
      { leftOffset: "block" },
    );
  }

  /** Repeats code for each point, with RSI, R13 and RDI at what is multiplied and the result. */
  #eachPoint(
    of: Record<"left" | "right" | "result", "points" | "products" | "filter">,
    body: () => void,
    { leftOffset }: { leftOffset?: "block" } = {},
  ): void {
    const asm = this.#asm, { stride, place } = this.#plan;
    asm.load(RSI, local("scratch"));
    asm.lea(R13, { base: RSI, offset: place[of.right] });
    asm.lea(RDI, { base: RSI, offset: place[of.result] });
    asm.add(RSI, place[of.left]);
    if (leftOffset) asm.add(RSI, local(leftOffset));
    asm.movNumber(RBX, BigInt(POINTS));
    asm.countDown(RBX, 1, () => {
      body();
      asm.add(RSI, stride[of.left]);
      asm.add(R13, stride[of.right]);
      asm.add(RDI, stride[of.result]);
    });
  }

  /**
   * A product of matrices: of those at RSI and R13 into that at RDI.
   *
   * @param of.blocks The register that says how many blocks of rows the left one has.
   * @param prepare Tells RAX how many turns a block takes, and says the rest.
   */
  #eachProduct(
    of: { rows: number; vectors: number; resultRow: number; blocks: number },
    prepare: () => Pick<ProductBlock, "left" | "unrolled" | "adds">,
  ): void {
    const asm = this.#asm, { rows, vectors, resultRow } = of;
    const width = vectors * asm.unit.bytes;
    asm.xor(RDX, { register: RDX });
    asm.movNumber(R8, BigInt(resultRow / width));
    asm.countDown(R8, 1, () => {
      asm.mov(RCX, RSI);
      asm.lea(R12, { base: RDI, index: RDX });
      asm.mov(R9, of.blocks);
      asm.countDown(R9, 1, () => {
        asm.mov(R10, RCX);
        asm.lea(R11, { base: R13, index: RDX });
        const { left, unrolled, adds } = prepare();
        const [right, result] = [{ step: resultRow }, { row: resultRow }];
        emitProduct(asm, { rows, vectors, left, right, result, unrolled, adds });
        asm.add(RCX, rows * left.row);
        asm.add(R12, rows * resultRow);
      });
      asm.add(RDX, width);
    });
  }

  /** Makes the filter's gradient at the points zero. */
  clearGradient(): void {
    const asm = this.#asm, { stride, place } = this.#plan;
    asm.zero(0);
    asm.load(RDI, local("scratch"));
    asm.add(RDI, place.filter);
    asm.movNumber(RCX, BigInt(POINTS * stride.filter));
    asm.countDown(RCX, asm.unit.bytes, () => {
      asm.vmovupsStore({ base: RDI }, 0);
      asm.add(RDI, asm.unit.bytes);
    });
  }

  /** A block of rows of the filter's gradient, of that at the points. */
  pointsToFilter(): void {
    const asm = this.#asm, { channels, filters, blockChannels, pixel, stride, place } = this.#plan;
    this.#loadConstants("filters");
    asm.load(RSI, local("scratch"));
    asm.add(RSI, place.filter);
    asm.load(RDI, local("block"));
    asm.imul(RDI, RDI, filters);
    asm.add(RDI, local("result"));
    this.#eachVector(blockChannels * pixel.result, () =>
      this.#transformTwice(POINTS_TO_FILTER, {
        from: stride.filter,
        to: channels * pixel.result,
      }));
  }

  /** A block of columns of the filter, at the points. */
  filterToPoints(): void {
    const asm = this.#asm, { channels, pixel, stride, place } = this.#plan;
    this.#loadConstants("filters");
    asm.load(RSI, local("other"));
    asm.add(RSI, local("block"));
    asm.load(RDI, local("scratch"));
    asm.add(RDI, place.filter);
    asm.movNumber(RCX, BigInt(channels));
    asm.countDown(RCX, 1, () => {
      this.#eachVector(pixel.products, () =>
        this.#transformTwice(FILTER_TO_POINTS, {
          from: channels * pixel.result,
          to: stride.filter,
        }));
      if (pixel.products < pixel.result) asm.add(RSI, pixel.result - pixel.products);
    });
  }

  /**
   * The same of a filter whose rows are the columns, turned by 180 degrees: for each place in it, from
   * the last on, a square of as many rows as a vector has numbers is transposed.
   */
  turnedFilterToPoints(): void {
    const asm = this.#asm, { channels, filters, pixel, stride, place } = this.#plan;
    const { bytes } = asm.unit, size = bytes / FLOAT_BYTES;
    const plane = filters * pixel.images, places = FILTER ** 2;
    asm.load(R8, local("other"));
    asm.load(RAX, local("block"));
    asm.imul(RAX, RAX, channels);
    asm.add(R8, { register: RAX });
    asm.add(R8, (places - 1) * plane);
    asm.load(R14, local("scratch"));
    asm.lea(R15, { base: R14, offset: place.square });
    asm.add(R14, place.filter);
    asm.movNumber(RBX, BigInt(pixel.products / bytes));
    asm.countDown(RBX, 1, () => {
      asm.mov(R9, R8);
      asm.mov(RDI, R14);
      asm.movNumber(RBP, BigInt(pixel.images / bytes));
      asm.countDown(RBP, 1, () => {
        asm.mov(R10, R9);
        asm.mov(R11, R15);
        asm.movNumber(RCX, BigInt(places));
        asm.countDown(RCX, 1, () => {
          asm.transpose(
            (row) => ({ base: R10, offset: row * pixel.images }),
            (column) => ({ base: R11, offset: column * bytes }),
          );
          asm.sub(R10, plane);
          asm.add(R11, size * bytes);
        });
        this.#loadConstants("filters");
        asm.mov(RSI, R15);
        asm.movNumber(RCX, BigInt(size));
        asm.countDown(RCX, 1, () => {
          this.#transformTwice(FILTER_TO_POINTS, { from: size * bytes, to: stride.filter });
          asm.add(RSI, bytes);
          asm.add(RDI, pixel.products);
        });
        asm.add(R9, bytes);
      });
      asm.add(R8, size * pixel.images);
      asm.add(R14, bytes);
    });
  }

  /**
   * Transforms the rows and the columns of squares, from RSI to RDI.
   *
   * @param stride From a place in a square to the next.
   */
  #transformTwice(transform: Transform, stride: { from: number; to: number }): void {
    const { bytes } = this.#asm.unit;
    const between = (y: number, x: number): Memory => ({
      base: RSP,
      offset: LOCAL_BYTES + (y * transform.from + x) * bytes,
    });
    for (let x = 0; x < transform.from; x++) {
      this.#transform(
        transform,
        (y) => ({ base: RSI, offset: (y * transform.from + x) * stride.from }),
        (y) => between(y, x),
      );
    }
    for (let y = 0; y < transform.to; y++) {
      this.#transform(
        transform,
        (x) => between(y, x),
        (x) => ({ base: RDI, offset: (y * transform.to + x) * stride.to }),
      );
    }
  }

  #loadConstants(of: "images" | "filters"): void {
    const asm = this.#asm;
    asm.load(RAX, local("task"));
    asm.load(RAX, { base: RAX, offset: TASK.constants });
    loadConstants(asm, of);
  }

  /** Brings the columns of a unit's rows to the points. */
  #rowsToPoints(transform: Transform, unit: {
    tensor: keyof typeof LOCALS;
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
    const asm = this.#asm;
    asm.load(RDI, local("scratch"));
    asm.add(RDI, unit.place);
    asm.zero(0);
    asm.movNumber(RCX, BigInt(unit.pixel));
    if (unit.empty.length > 0) {
      this.#eachVectorOfRow(() => {
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
    asm.load(RSI, local(unit.tensor));
    this.#pointAtRows(RSI, unit.rows, transform.from);
    asm.load(RCX, { base: R14, offset: unit.length });
    this.#eachVectorOfRow(() =>
      this.#transform(
        transform,
        (y) => ({ base: ROWS[y]!, index: RAX }),
        (y) => ({ base: RDI, index: RAX, offset: y * unit.stride }),
      )
    );
  }

  /** Brings the rows of a unit's tiles to the points, to where RBP points. */
  #tilesToPoints(
    transform: Transform,
    unit: { place: number; stride: number; pixel: number; points: number },
  ): void {
    const asm = this.#asm;
    asm.load(RSI, local("scratch"));
    asm.add(RSI, unit.place);
    asm.mov(RDI, RBP);
    asm.movNumber(RCX, BigInt(this.#plan.tiles));
    asm.countDown(RCX, 1, () => {
      this.#eachVector(unit.pixel, () => {
        for (let y = 0; y < PART; y++) {
          this.#transform(
            transform,
            (x) => ({ base: RSI, offset: y * unit.stride + x * unit.pixel }),
            (x) => ({ base: RDI, offset: (y * PART + x) * unit.points }),
          );
        }
      });
      asm.add(RSI, (TILE - 1) * unit.pixel);
    });
  }

  /** Repeats code for each vector of some bytes, at RSI and RDI. */
  #eachVector(length: number, body: () => void): void {
    this.#asm.movNumber(RDX, BigInt(length));
    this.#eachVectorLeft(body);
  }

  /** The same for as many bytes as RDX says. */
  #eachVectorLeft(body: () => void): void {
    const asm = this.#asm, { bytes } = asm.unit;
    asm.countDown(RDX, bytes, () => {
      body();
      asm.add(RSI, bytes);
      asm.add(RDI, bytes);
    });
  }

  /** Repeats code for each vector of as many bytes as RCX says, whose offset is in RAX. */
  #eachVectorOfRow(body: () => void): void {
    const asm = this.#asm, { bytes } = asm.unit;
    asm.xor(RAX, { register: RAX });
    asm.countDown(RCX, bytes, () => {
      body();
      asm.add(RAX, bytes);
    });
  }

  /** Has registers point at a unit's rows of a tensor; at RDX for those that are beyond the image. */
  #pointAtRows(tensor: number, first: number, count: number): void {
    const asm = this.#asm;
    ROWS.slice(0, count).forEach((row, i) => {
      asm.load(row, { base: R14, offset: first + i * 8 });
      asm.test(row, row);
      asm.lea(row, { base: row, index: tensor });
      asm.cmov("negative", row, RDX);
    });
  }

  #transform(
    { from, emit }: Transform,
    source: (index: number) => Memory,
    target: (index: number) => Memory,
  ): void {
    const asm = this.#asm;
    for (let i = 0; i < from; i++) asm.vmovups(i, source(i));
    emit(asm, (i, register) => asm.vmovupsStore(target(i), register));
  }
}

function local(name: keyof typeof LOCALS): Memory {
  return { base: RSP, offset: LOCALS[name] };
}
