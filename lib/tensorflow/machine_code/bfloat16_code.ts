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
import { packFilter } from "./bfloat16_filter.ts";
import { Bfloat16Frame, local } from "./bfloat16_frame.ts";
import { multiplyTiles, squareOf } from "./bfloat16_tiles.ts";
import {
  type Bfloat16Plan,
  ROW_BYTES,
  STRIP,
  STRIP_BYTES,
  TILE_BYTES,
  TILE_ROWS,
  UNIT,
} from "./bfloat16_plan.ts";
import { BFLOAT16_BYTES } from "./number_bytes.ts";

// The code of a convolution in bfloat16: products of tiles of 16 pixels with tiles of 16 columns of the
// filter, for each place in the filter and some of the channels.

/** The first vector register with a bias. */
const BIAS = 28;

/**
 * Makes the code of a convolution. It is called with the images `[B, step * H, W, C]` in bfloat16, the
 * filter `[down, across, C, K]` in float32, which it rounds, perhaps a bias `[K / parts]` in float32,
 * scratch memory, and the result `[B, H, parts, W, K / parts]` in bfloat16, whose sums are of float32.
 *
 * @param turned Whether the filter is `[down, across, K, C]`, to be turned by 180 degrees, as for the
 *   gradient with respect to images.
 */
export function bfloat16ConvolutionCode(
  plan: Bfloat16Plan,
  { turned }: { turned: boolean },
): Uint8Array<ArrayBuffer> {
  const frame = new Bfloat16Frame(plan);
  frame.clearRows();
  frame.eachBlock(() => {
    packFilter(frame, { turned });
    frame.eachUnit(() => {
      copyRows(frame);
      eachTwoStrips(frame, () => {
        multiplyStrips(frame);
        roundStrip(frame, 0);
        const end = frame.asm.label();
        frame.asm.cmp(R13, 2);
        frame.asm.jump("less", end);
        roundStrip(frame, 1);
        frame.asm.place(end);
      });
    });
  });
  return frame.end();
}

/** Copies a unit's rows to between zeros. */
function copyRows(frame: Bfloat16Frame): void {
  const { asm, plan } = frame, { width, channels, across, stride, place } = plan;
  const bytes = channels * BFLOAT16_BYTES, gap = stride.pixels - bytes;
  asm.load(R10, local("scratch"));
  asm.add(R10, place.rows + (across > 1 ? stride.pixels : 0));
  frame.eachSource(() => {
    asm.mov(RSI, R9);
    asm.mov(RDI, R10);
    if (gap === 0) frame.copy(1, width * bytes, { from: 0, to: 0 });
    else frame.copy(width, bytes, { from: 0, to: gap });
    asm.add(R10, stride.rows);
  });
}

/**
 * Repeats code for each two strips of a unit and each group of columns: R12 points at what is known of
 * the strips, of which R13 says how many are left, RBP says where in a pixel of the result the columns
 * are, and R10 points at their part of the filter.
 */
function eachTwoStrips(frame: Bfloat16Frame, body: () => void): void {
  const { asm, plan } = frame, { blockChannels, place } = plan, { beside } = plan.tiles;
  frame.pointAtStrips(R12);
  asm.load(R8, local("unit"));
  asm.load(R13, { base: R8, offset: UNIT.strips });
  const start = asm.label();
  asm.place(start);
  asm.load(R10, local("scratch"));
  asm.add(R10, place.filter);
  asm.load(R15, local("block"));
  asm.imul(R15, R15, BFLOAT16_BYTES);
  asm.movNumber(R14, BigInt(blockChannels / (beside * TILE_ROWS)));
  asm.countDown(R14, 1, () => {
    placeColumns(frame);
    body();
    asm.add(R15, beside * TILE_ROWS * BFLOAT16_BYTES);
  });
  asm.add(R12, 2 * STRIP_BYTES);
  asm.sub(R13, 2);
  asm.xor(RAX, { register: RAX });
  asm.cmp(RAX, { register: R13 });
  asm.jump("less", start);
}

/**
 * Has RBP say where in the result the columns are of which R15 says how many bytes are before them, and
 * a local where their bias is.
 */
function placeColumns({ asm, plan }: Bfloat16Frame): void {
  const { width, filters, parts, bias } = plan, pixel = filters / parts * BFLOAT16_BYTES;
  const end = asm.label();
  asm.mov(RBP, R15);
  asm.mov(RDX, R15);
  for (let part = 1; part < parts; part++) {
    asm.cmp(R15, part * pixel);
    asm.jump("less", end);
    asm.add(RBP, (width - 1) * pixel);
    asm.sub(RDX, pixel);
  }
  asm.place(end);
  if (!bias) return;
  asm.load(RSI, local("bias"));
  // A number of float32 has twice the bytes.
  asm.lea(RSI, { base: RSI, index: RDX, scale: 2 });
  asm.store(local("columnBias"), RSI);
}

/** The sums of two strips. */
function multiplyStrips(frame: Bfloat16Frame): void {
  const { asm, plan } = frame, { channels, down, across, terms, tiles, stride, place } = plan;
  const { beside } = tiles, sums = squareOf(tiles);
  const right = terms / 2 * ROW_BYTES;
  asm.load(RSI, local("scratch"));
  asm.lea(R8, { base: RSI, offset: place.rows });
  asm.mov(R9, R8);
  asm.add(R8, { base: R12, offset: STRIP.images });
  asm.add(R9, { base: R12, offset: STRIP_BYTES + STRIP.images });
  asm.movNumber(R11, BigInt(stride.pixels));
  asm.movNumber(RBX, BigInt(ROW_BYTES));
  for (const { sum } of sums) asm.tilezero(sum);
  for (let y = 0; y < down; y++) {
    asm.movNumber(RAX, BigInt(channels / terms));
    asm.countDown(RAX, 1, () => {
      for (let x = 0; x < across; x++) {
        multiplyTiles(asm, tiles, {
          left: (i) => ({ base: [R8, R9][i]!, index: R11, offset: x * stride.pixels }),
          right: (i) => ({ base: R10, index: RBX, offset: (x * beside + i) * right }),
        });
      }
      asm.add(R10, across * beside * right);
      asm.add(R8, terms * BFLOAT16_BYTES);
      asm.add(R9, terms * BFLOAT16_BYTES);
    });
    if (y < down - 1) {
      asm.add(R8, stride.rows - channels * BFLOAT16_BYTES);
      asm.add(R9, stride.rows - channels * BFLOAT16_BYTES);
    }
  }
  asm.add(RSI, place.sums);
  if (beside > 1) asm.movNumber(RBX, BigInt(beside * ROW_BYTES));
  for (const { sum, left, right } of sums) {
    const offset = left * beside * TILE_BYTES + right * ROW_BYTES;
    asm.tilestored({ base: RSI, index: RBX, offset }, sum);
  }
}

/** Rounds the sums of a strip, with what is added to them, into the result. */
function roundStrip(frame: Bfloat16Frame, strip: 0 | 1): void {
  const { asm, plan } = frame, { width, filters, parts, place } = plan;
  const { beside } = plan.tiles;
  /** Takes sums as they are, or with the bias of their columns. */
  const take = (register: number, offset: number, tile: number) =>
    plan.bias
      ? asm.vaddps(register, BIAS + tile, { base: RSI, offset })
      : asm.vmovups(register, { base: RSI, offset });
  const pixel = filters / parts * BFLOAT16_BYTES, of = strip * STRIP_BYTES;
  asm.load(RSI, local("scratch"));
  asm.add(RSI, place.sums + strip * beside * TILE_BYTES);
  asm.load(RDI, local("unit"));
  asm.load(RDI, { base: RDI, offset: UNIT.result });
  asm.add(RDI, local("result"));
  asm.add(RDI, { base: R12, offset: of + STRIP.result });
  asm.add(RDI, { register: RBP });
  asm.load(RCX, { base: R12, offset: of + STRIP.pixels });
  if (plan.bias) {
    asm.load(RAX, local("columnBias"));
    for (let tile = 0; tile < beside; tile++) {
      asm.vmovups(BIAS + tile, { base: RAX, offset: tile * ROW_BYTES });
    }
  }
  const unrolled = width % TILE_ROWS === 0 ? TILE_ROWS : 1;
  asm.countDown(RCX, unrolled, () => {
    for (let i = 0; i < unrolled; i++) {
      const offset = i * beside * ROW_BYTES,
        register = 3 * (i % 8),
        to = { base: RDI, offset: i * pixel };
      take(register, offset, 0);
      if (beside > 1) {
        take(register + 1, offset + ROW_BYTES, 1);
        asm.vcvtne2ps2bf16(register, register + 1, register);
        asm.vmovupsStore(to, register);
      } else {
        asm.vcvtneps2bf16(register, register);
        asm.vmovupsHalfStore(to, register);
      }
    }
    asm.add(RSI, unrolled * beside * ROW_BYTES);
    asm.add(RDI, unrolled * pixel);
  });
}
