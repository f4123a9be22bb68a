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
import { Bfloat16Frame, local } from "./bfloat16_frame.ts";
import { multiplyTiles, squareOf } from "./bfloat16_tiles.ts";
import { type Bfloat16Plan, roundUp, ROW_BYTES, TILE_ROWS, UNIT } from "./bfloat16_plan.ts";
import { BFLOAT16_BYTES, FLOAT_BYTES } from "./number_bytes.ts";

// The code of the gradient with respect to a filter in bfloat16: products of tiles of 16 channels of the
// images with tiles of 16 columns, whose terms are pixels of a row. For that rows of the images are
// transposed, and pairs of pixels of the gradient are interleaved.

/** How many channels are transposed at once: two in each number of 32 bits. */
const CHANNELS = 2 * TILE_ROWS;

/**
 * Makes the code of the gradient of a convolution with respect to the filter. It is called with the
 * images `[B, step * H, W, C]` and the gradient with respect to the result `[B, H, W, K]`, both in
 * bfloat16, scratch memory, and the filter's gradient `[down, across, C, K]` in float32.
 */
export function bfloat16GradientCode(plan: Bfloat16Plan): Uint8Array<ArrayBuffer> {
  const frame = new Bfloat16Frame(plan);
  frame.clearRows();
  frame.eachBlock(() =>
    frame.eachUnit(() => {
      transposeRows(frame);
      interleaveGradient(frame);
      eachSquare(frame, () => addProducts(frame));
    })
  );
  return frame.end();
}

/** The columns of a row, with zeros at the right. */
function columnsOf({ width, terms }: Bfloat16Plan): number {
  return roundUp(width, terms);
}

/** Has of each channel of a block the pixels of a unit's rows together. */
function transposeRows(frame: Bfloat16Frame): void {
  const { asm, plan } = frame, { width, channels, blockChannels, terms, stride, place } = plan;
  const bytes = blockChannels * BFLOAT16_BYTES, pixel = channels * BFLOAT16_BYTES;
  const isEven = width % TILE_ROWS === 0 && blockChannels % CHANNELS === 0;
  const step = isEven ? pixel : bytes;
  asm.load(R13, local("scratch"));
  asm.lea(R11, { base: R13, offset: place.square });
  asm.add(R13, place.rows + terms * BFLOAT16_BYTES);
  asm.load(R15, local("block"));
  asm.imul(R15, R15, BFLOAT16_BYTES);
  frame.eachSource(() => {
    asm.add(R9, { register: R15 });
    if (!isEven) {
      const columns = roundUp(width, TILE_ROWS);
      frame.stage({ columns, bytes, gap: pixel - bytes });
    }
    asm.mov(R10, R13);
    asm.movNumber(RBX, BigInt(Math.ceil(width / TILE_ROWS)));
    asm.countDown(RBX, 1, () => {
      asm.mov(RSI, R9);
      asm.mov(RDI, R10);
      const whole = Math.floor(blockChannels / CHANNELS);
      if (whole > 0) {
        asm.movNumber(RBP, BigInt(whole));
        asm.countDown(RBP, 1, () => {
          transposePixels(frame, step, CHANNELS);
          asm.add(RSI, ROW_BYTES);
          asm.add(RDI, CHANNELS * stride.pixels);
        });
      }
      if (blockChannels % CHANNELS > 0) transposePixels(frame, step, CHANNELS / 2);
      asm.add(R9, TILE_ROWS * step);
      asm.add(R10, TILE_ROWS * BFLOAT16_BYTES);
    });
    asm.add(R13, stride.rows);
  });
}

/** Transposes 16 pixels at RSI, some bytes from each other, to RDI. */
function transposePixels({ asm, plan }: Bfloat16Frame, step: number, channels: number): void {
  const { stride } = plan;
  asm.transpose(
    (pixel) => ({ base: RSI, offset: pixel * step }),
    (pair) => ({ base: R11, offset: pair * ROW_BYTES }),
  );
  for (let pair = 0; pair < channels / 2; pair++) {
    asm.vmovups(pair, { base: R11, offset: pair * ROW_BYTES });
    asm.vpmovdwStore({ base: RDI, offset: 2 * pair * stride.pixels }, pair);
    asm.vpsrld(pair, pair, 16);
    asm.vpmovdwStore({ base: RDI, offset: (2 * pair + 1) * stride.pixels }, pair);
  }
}

/** Has of each 16 columns the pairs of pixels of a unit's rows of the gradient together. */
function interleaveGradient(frame: Bfloat16Frame): void {
  const { asm, plan } = frame, { width, filters, stride, place } = plan;
  const columns = columnsOf(plan), pixel = filters * BFLOAT16_BYTES;
  asm.load(R8, local("unit"));
  asm.load(R9, { base: R8, offset: UNIT.result });
  asm.add(R9, local("other"));
  asm.load(R13, local("scratch"));
  asm.add(R13, place.gradients);
  eachRow(frame, () => {
    asm.mov(R10, R9);
    if (width < columns) frame.stage({ columns, bytes: pixel, gap: 0 });
    asm.mov(RSI, R9);
    asm.mov(R9, R10);
    asm.mov(RDI, R13);
    asm.movNumber(RCX, BigInt(columns / 2));
    asm.countDown(RCX, 1, () => {
      for (let tile = 0; tile < filters / TILE_ROWS; tile++) {
        const offset = tile * ROW_BYTES / 2, first = tile % 8 * 2, second = first + 1;
        asm.vpmovzxwd(first, { base: RSI, offset });
        asm.vpmovzxwd(second, { base: RSI, offset: pixel + offset });
        asm.vpslld(second, second, 16);
        asm.vpord(first, first, second);
        asm.vmovupsStore({ base: RDI, offset: tile * columns / 2 * ROW_BYTES }, first);
      }
      asm.add(RSI, 2 * pixel);
      asm.add(RDI, ROW_BYTES);
    });
    asm.add(R9, width * pixel);
    asm.add(R13, stride.gradients);
  });
}

/** Repeats code for each row of a unit, of which R8 points at what is known. */
function eachRow({ asm }: Bfloat16Frame, body: () => void): void {
  asm.load(R14, { base: R8, offset: UNIT.images });
  asm.countDown(R14, 1, () => {
    asm.load(R15, { base: R8, offset: UNIT.rows });
    asm.countDown(R15, 1, body);
  });
}

/**
 * Repeats code for each square of up to two by two tiles of the gradient: R12 points at the channels in
 * the transposed rows, R13 at the interleaved columns, RDI at the result.
 */
function eachSquare(frame: Bfloat16Frame, body: () => void): void {
  const { asm, plan } = frame, { filters, blockChannels, tiles, stride, place } = plan;
  const { below, beside } = tiles, channels = below * TILE_ROWS, row = filters * FLOAT_BYTES;
  asm.load(R12, local("scratch"));
  asm.add(R12, place.rows);
  asm.load(RDI, local("block"));
  asm.imul(RDI, RDI, row);
  asm.add(RDI, local("result"));
  asm.movNumber(RBP, BigInt(blockChannels / channels));
  asm.countDown(RBP, 1, () => {
    asm.load(R13, local("scratch"));
    asm.add(R13, place.gradients);
    asm.movNumber(RDX, BigInt(filters / (beside * TILE_ROWS)));
    asm.countDown(RDX, 1, () => {
      body();
      asm.add(R13, beside * tileStep(plan));
      asm.add(RDI, beside * ROW_BYTES);
    });
    asm.add(R12, channels * stride.pixels);
    asm.add(RDI, (channels - 1) * row);
  });
}

/** From 16 interleaved columns to the next. */
function tileStep(plan: Bfloat16Plan): number {
  return columnsOf(plan) / 2 * ROW_BYTES;
}

/** Adds the products of a unit to the result, or begins with them: for each place in the filter. */
function addProducts(frame: Bfloat16Frame): void {
  const { asm, plan } = frame, { channels, filters, down, across, tiles } = plan;
  const row = filters * FLOAT_BYTES;
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      const sums = squareOf(tiles).map(({ sum, left, right }) => ({
        sum,
        place: {
          base: RDI,
          index: R11,
          offset: ((y * across + x) * channels + left * TILE_ROWS) * row + right * ROW_BYTES,
        },
      }));
      const begin = asm.label();
      asm.movNumber(R11, BigInt(row));
      sums.forEach(({ sum, place }) => {
        asm.tilezero(sum);
        // What is written comes from far while it is computed.
        for (let i = 0; i < TILE_ROWS; i++) {
          asm.prefetchw({ base: place.base, offset: place.offset + i * row });
        }
      });
      asm.load(RAX, local("later"));
      asm.test(RAX, RAX);
      asm.jump("zero", begin);
      sums.forEach(({ sum, place }) => asm.tileloadd(sum, place));
      asm.place(begin);
      multiplyRows(frame, { y, x });
      asm.movNumber(R11, BigInt(row));
      sums.forEach(({ sum, place }) => asm.tilestored(place, sum));
    }
  }
}

/** Multiplies a unit's rows, shifted by a place in the filter, with those of the gradient. */
function multiplyRows({ asm, plan }: Bfloat16Frame, { y, x }: { y: number; x: number }): void {
  const { down, across, step, terms, tiles, stride } = plan;
  const columns = columnsOf(plan), isMiddle = across === 1;
  // Before the row's first pixel are zeros.
  const first = (terms + x - (isMiddle ? 0 : 1)) * BFLOAT16_BYTES;
  asm.movNumber(RBX, BigInt(ROW_BYTES));
  asm.movNumber(R11, BigInt(stride.pixels));
  asm.lea(R9, { base: R12, offset: y * stride.rows });
  asm.mov(R10, R13);
  asm.load(R8, local("unit"));
  asm.load(RCX, { base: R8, offset: UNIT.images });
  asm.countDown(RCX, 1, () => {
    asm.load(RSI, { base: R8, offset: UNIT.rows });
    asm.countDown(RSI, 1, () => {
      asm.movNumber(RAX, BigInt(columns / terms));
      asm.countDown(RAX, 1, () => {
        multiplyTiles(asm, tiles, {
          left: (i) => ({ base: R9, index: R11, offset: i * TILE_ROWS * stride.pixels + first }),
          right: (i) => ({ base: R10, index: RBX, offset: i * tileStep(plan) }),
        });
        asm.add(R9, terms * BFLOAT16_BYTES);
        asm.add(R10, terms / 2 * ROW_BYTES);
      });
      asm.add(R9, step * stride.rows - columns * BFLOAT16_BYTES);
      asm.add(R10, stride.gradients - columns / 2 * ROW_BYTES);
    });
    asm.add(R9, (down - step) * stride.rows);
  });
}
