import { type Memory, R10, R11, R8, RAX, RDI, RDX, RSI } from "./assembler.ts";
import { Avx2Assembler } from "./avx2_assembler.ts";
import { BFLOAT16_BYTES, FLOAT_BYTES } from "./number_bytes.ts";
import { TASK } from "./task.ts";

/** What is computed of windows of 2x2 that lie side by side: their largest numbers, or the gradient. */
export type PoolingWork = "largest" | "gradient";

/** Images `[B, 2H, 2W, C]` as windows. */
export interface PoolingShape {
  /** How many rows of windows there are, in all images. */
  rows: number;
  /** How many windows a row has. */
  columns: number;
  /** A multiple of 16. */
  channels: number;
  /** Whether numbers are of bfloat16, not of float32. */
  rounded: boolean;
}

const VECTOR_BYTES = 32;
/** Comparisons, as Intel's manual numbers them: whether one is no number, and that or being equal. */
const UNORDERED = 0x03, EQUAL = 0x08;
/** Half of a number's bits: a vector of bfloat16 is one of as many halves of float32. */
const HALF = 16;

/** Registers. Of a window four vectors come first, and halves of them after these. */
const MASK = 15, LARGEST = 8, GRADIENT = 10, EQUALS = 12;

/**
 * Makes code that finds the largest number of each window, or brings that number's gradient to the first
 * place that has it. It is called with images and their result, or with images, the result, its gradient
 * and that of the images. A window with a `NaN` gives that; its first place then has the gradient.
 */
export function poolingCode(work: PoolingWork, shape: PoolingShape): Uint8Array<ArrayBuffer> {
  const asm = new Avx2Assembler();
  const pixel = shape.channels * (shape.rounded ? BFLOAT16_BYTES : FLOAT_BYTES);
  const resultRow = shape.columns * pixel, imageRow = 2 * resultRow;
  /** The places of a window, of what is as large as images. */
  const places = (base: number): Memory[] =>
    [0, pixel, imageRow, imageRow + pixel].map((offset) => ({ base, offset }));
  const ofWindow = (windows: number, images: number) =>
    work === "largest" ? largest(windows, images) : gradient(windows, images);

  const largest = (result: number, images: number) => {
    places(images).forEach((place, i) => asm.vmovups(i, place));
    if (shape.rounded) splitHalves(asm, [0, 1, 2, 3], [4, 5, 6, 7]);
    largestOf(asm, [0, 1, 2, 3]);
    if (shape.rounded) {
      largestOf(asm, [4, 5, 6, 7]);
      joinHalves(asm, 0, 4);
    }
    asm.vmovupsStore({ base: result }, 0);
  };
  const gradient = (windows: number, images: number) => {
    asm.vmovups(LARGEST, { base: windows });
    asm.vmovups(GRADIENT, { base: R11 });
    if (shape.rounded) splitHalves(asm, [LARGEST], [LARGEST + 1]);
    const written = places(RDX);
    places(images).forEach((place, i) => {
      asm.vmovups(0, place);
      if (shape.rounded) {
        splitHalves(asm, [0], [1]);
        asm.vcmpps(EQUALS, 0, LARGEST, EQUAL);
        asm.vcmpps(1, 1, LARGEST + 1, EQUAL);
        joinHalves(asm, EQUALS, 1);
      } else {
        asm.vcmpps(EQUALS, 0, LARGEST, EQUAL);
      }
      asm.vandps(0, EQUALS, GRADIENT);
      asm.vmovupsStore(written[i]!, 0);
      // What has gone to one place goes to no other.
      asm.vandnps(GRADIENT, EQUALS, GRADIENT);
    });
  };

  // What has a number for each window, and what has one for each place.
  const [windows, images] = [R10, R8];
  const [ofWindows, ofPlaces] = work === "largest"
    ? [[windows], [images]]
    : [[windows, R11], [images, RDX]];
  const tensors = work === "largest" ? [images, windows] : [images, windows, R11, RDX];
  tensors.forEach((register, i) => asm.load(register, { base: RDI, offset: i * 8 }));
  asm.load(RAX, { base: RSI, offset: TASK.units });
  asm.imul(RAX, RAX, resultRow);
  for (const register of ofWindows) asm.add(register, { register: RAX });
  asm.imul(RAX, RAX, 4);
  for (const register of ofPlaces) asm.add(register, { register: RAX });
  if (shape.rounded) upperHalves(asm);
  asm.load(RAX, { base: RSI, offset: TASK.unitCount });
  asm.countDown(RAX, 1, () => {
    asm.movNumber(RSI, BigInt(shape.columns));
    asm.countDown(RSI, 1, () => {
      asm.movNumber(RDI, BigInt(pixel / VECTOR_BYTES));
      asm.countDown(RDI, 1, () => {
        ofWindow(windows, images);
        for (const register of [...ofWindows, ...ofPlaces]) asm.add(register, VECTOR_BYTES);
      });
      for (const register of ofPlaces) asm.add(register, pixel);
    });
    for (const register of ofPlaces) asm.add(register, imageRow);
  });
  asm.vzeroupper();
  asm.ret();
  return asm.code;
}

/** The largest numbers of four vectors, in the first of them; `NaN` where one of them is that. */
function largestOf(asm: Avx2Assembler, [a, b, c, d]: [number, number, number, number]): void {
  asm.vcmpps(LARGEST, a, b, UNORDERED);
  asm.vcmpps(LARGEST + 1, c, d, UNORDERED);
  asm.vmaxps(a, a, b);
  asm.vmaxps(c, c, d);
  asm.vorps(LARGEST, LARGEST, LARGEST + 1);
  asm.vmaxps(a, a, c);
  asm.vorps(a, a, LARGEST);
}

/** Makes the mask of the upper half of each number. */
function upperHalves(asm: Avx2Assembler): void {
  asm.vpcmpeqd(MASK, MASK, MASK);
  asm.vpslld(MASK, MASK, HALF);
}

/** Makes two vectors of float32 of each of bfloat16. */
function splitHalves(asm: Avx2Assembler, upper: number[], lower: number[]): void {
  upper.forEach((register, i) => {
    asm.vpslld(lower[i]!, register, HALF);
    asm.vandps(register, register, MASK);
  });
}

/** Makes one vector of bfloat16 of two of float32. */
function joinHalves(asm: Avx2Assembler, upper: number, lower: number): void {
  asm.vandps(upper, upper, MASK);
  asm.vpsrld(lower, lower, HALF);
  asm.vorps(upper, upper, lower);
}
