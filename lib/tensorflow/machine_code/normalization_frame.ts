import { type Memory, R10, R11, R8, RAX, RBX, RCX, RDI, RDX, RSI } from "./assembler.ts";
import { Bfloat16Assembler } from "./bfloat16_assembler.ts";
import { TASK } from "./task.ts";
import { ABOUT, SQUARES, SUM } from "./normalization_rows.ts";
import { BFLOAT16_BYTES, FLOAT_BYTES } from "./number_bytes.ts";
import { AVX512, VectorAssembler, type VectorIsa } from "./vector_assembler.ts";

/** A batch normalization of images `[N, C]`: all pixels of a batch, one after the other. */
export interface NormalizationShape {
  pixels: number;
  /** A multiple of 16. */
  channels: number;
  /** Among how many tasks the pixels are divided. */
  parts: number;
  /** Whether a ReLU follows. */
  relu: boolean;
  /** Whether moving averages keep a share of what they were. */
  averages: boolean;
  /** Whether images, their gradients and the result are in bfloat16; all else is float32. */
  rounded: boolean;
}

/** How many pixels are summed before their sums are added to others, so that less is rounded. */
const CHUNK = 512;
/** So many pixels, far from each other, tell about where the numbers of a channel are. */
export const SAMPLES = 8;

/** What the code computes with, at the address that a task has for its constants. */
const CONSTANTS = { perSample: 0, perPixel: 4, unbiased: 8, epsilon: 12, one: 16, share: 20 };

/** How many bytes a number of the images has. */
export function imageBytes({ rounded }: NormalizationShape): number {
  return rounded ? BFLOAT16_BYTES : FLOAT_BYTES;
}

/** The numbers of {@linkcode CONSTANTS}. */
export function normalizationConstants(
  { pixels }: NormalizationShape,
  { epsilon, share }: { epsilon: number; share: number },
): Float32Array<ArrayBuffer> {
  const samples = Math.min(SAMPLES, pixels);
  const unbiased = pixels / Math.max(1, pixels - 1);
  return Float32Array.of(1 / samples, 1 / pixels, unbiased, epsilon, 1, share);
}

/** Code of a batch normalization, while it is being written: what its kernels have in common. */
export class NormalizationFrame {
  readonly shape: NormalizationShape;
  readonly asm: VectorAssembler;
  /** What writes code for bfloat16, where images are in it. */
  readonly #rounding: Bfloat16Assembler | undefined;
  /** How many vectors of a pixel are worked on at once. */
  readonly group: number;
  #taken = 0;

  constructor(shape: NormalizationShape, isa: VectorIsa) {
    this.shape = shape;
    this.#rounding = shape.rounded ? new Bfloat16Assembler() : undefined;
    this.asm = this.#rounding ?? new VectorAssembler(isa);
    const vectors = shape.channels * FLOAT_BYTES / this.asm.isa.bytes;
    const most = this.asm.isa === AVX512 ? 4 : 2;
    this.group = vectors % most === 0 ? most : vectors % 2 === 0 ? 2 : 1;
  }

  /** How many bytes a row of a number for each channel has. */
  get rowBytes(): number {
    return this.shape.channels * FLOAT_BYTES;
  }

  /** How many bytes a pixel of the images has. */
  get pixelBytes(): number {
    return this.shape.channels * imageBytes(this.shape);
  }

  /** A vector of a pixel, whose place in a row of float32 is given. */
  image(base: number, offset: number): Memory {
    return { base, offset: offset / FLOAT_BYTES * imageBytes(this.shape) };
  }

  /** Loads a vector of a pixel. */
  loadImage(to: number, from: Memory): void {
    if (!this.#rounding) return this.asm.vmovups(to, from);
    this.#rounding.vpmovzxwd(to, from);
    this.#rounding.vpslld(to, to, 16);
  }

  /** Stores a vector of a pixel, which is lost. */
  storeImage(to: Memory, from: number): void {
    if (!this.#rounding) return this.asm.vmovupsStore(to, from);
    this.#rounding.vcvtneps2bf16(from, from);
    this.#rounding.vmovupsHalfStore(to, from);
  }

  /** Writes code for each group of a pixel's vectors, whose offsets are given. */
  eachGroup(body: (offsets: number[]) => void): Uint8Array<ArrayBuffer> {
    const asm = this.asm, { bytes } = asm.isa;
    asm.push(RBX);
    for (let start = 0; start < this.rowBytes; start += this.group * bytes) {
      this.#taken = 0;
      body(Array.from({ length: this.group }, (_, v) => start + v * bytes));
    }
    asm.vzeroupper();
    asm.pop(RBX);
    asm.ret();
    return asm.code;
  }

  /** Registers for each vector of a group. */
  takeEach(group: number[], count: number): number[][] {
    return Array.from({ length: count }, () => group.map(() => this.#taken++));
  }

  takeOne(count: number): number[] {
    return Array.from({ length: count }, () => this.#taken++);
  }

  /** Loads the address of the tensor of some index. */
  load(to: number, index: number): void {
    this.asm.load(to, { base: RDI, offset: index * 8 });
  }

  constant(to: number, name: keyof typeof CONSTANTS): void {
    this.asm.load(R10, { base: RSI, offset: TASK.constants });
    this.asm.vbroadcastss(to, { base: R10, offset: CONSTANTS[name] });
  }

  /** A vector in a row `[C]` of a tensor. */
  row(base: number, row: number, offset: number): Memory {
    return { base, offset: row * this.rowBytes + offset };
  }

  /** The sum over the parts of what is in a row of their sums. */
  sumOfParts(
    to: number,
    { first, row, offset }: { first: number; row: number; offset: number },
  ): void {
    for (let part = 0; part < this.shape.parts; part++) {
      this.load(R8, first + part);
      const place = this.row(R8, row, offset);
      if (part === 0) this.asm.vmovups(to, place);
      else this.asm.vaddps(to, to, place);
    }
  }

  /** The mean and the variance, divided by n, of the parts' sums. */
  meanAndVariance(
    mean: number,
    variance: number,
    { first, offset }: { first: number; offset: number },
  ): void {
    const asm = this.asm, free = this.#taken;
    this.constant(free, "perPixel");
    this.sumOfParts(variance, { first, row: SQUARES, offset });
    asm.vmulps(variance, variance, free);
    this.sumOfParts(mean, { first, row: SUM, offset });
    asm.vmulps(mean, mean, free);
    asm.vfnmadd231ps(variance, mean, mean);
    asm.zero(free);
    asm.vmaxps(variance, free, variance);
    this.load(R8, first);
    asm.vaddps(mean, mean, this.row(R8, ABOUT, offset));
  }

  /** The inverse of the standard deviation. */
  inverseDeviation(to: number, variance: number | Memory): void {
    const asm = this.asm, free = this.#taken;
    this.constant(free, "epsilon");
    asm.vaddps(to, free, variance);
    asm.vsqrtps(to, to);
    this.constant(free, "one");
    asm.vdivps(to, free, to);
  }

  /**
   * What a number is multiplied by, and what is added then, of the mean and, in `scale`, the variance.
   *
   * @param of.gamma The index of the tensor of factors; what is added is in the next.
   * @param of.inverse Where the inverse of the standard deviation goes too.
   */
  scaleAndShift(
    offset: number,
    of: { mean: number; scale: number; shift: number; gamma: number; inverse?: number },
  ): void {
    const asm = this.asm;
    this.inverseDeviation(of.scale, of.scale);
    if (of.inverse !== undefined) asm.vmovups(of.inverse, of.scale);
    this.load(R8, of.gamma);
    asm.vmulps(of.scale, of.scale, { base: R8, offset });
    this.load(R8, of.gamma + 1);
    asm.vmovups(of.shift, { base: R8, offset });
    asm.vfnmadd231ps(of.shift, of.mean, of.scale);
  }

  /** The same of a mean and a variance, which are the tensors after the weights. */
  known(
    offset: number,
    to: { mean: number; scale: number; shift: number; gamma: number; inverse?: number },
  ): void {
    this.load(R8, to.gamma + 2);
    this.asm.vmovups(to.mean, { base: R8, offset });
    this.load(R8, to.gamma + 3);
    this.asm.vmovups(to.scale, { base: R8, offset });
    this.scaleAndShift(offset, to);
  }

  /** What a ReLU lets through of a gradient, of what was normalized. */
  throughRelu(
    gradient: number,
    image: number,
    { scale, shift, zero }: { scale: number; shift: number; zero: number },
  ): void {
    if (!this.shape.relu) return;
    const asm = this.asm, free = this.#taken;
    asm.vmovups(free, shift);
    asm.vfmadd231ps(free, scale, image);
    asm.keepWherePositive(gradient, free, zero);
  }

  /** Repeats code for each pixel of a part, with the registers that point at it in some tensors. */
  eachPixel(tensors: number[], body: (pointers: number[]) => void): void {
    const asm = this.asm;
    const pointers = this.pointAtPart(tensors);
    asm.load(RAX, { base: RSI, offset: TASK.unitCount });
    asm.countDown(RAX, 1, () => {
      body(pointers);
      for (const pointer of pointers) asm.add(pointer, this.pixelBytes);
    });
  }

  /** Has registers point at the part's first pixel in some tensors. */
  pointAtPart(tensors: number[]): number[] {
    const asm = this.asm;
    return tensors.map((index, i) => {
      const pointer = [RDX, RCX, R11][i]!;
      this.load(pointer, index);
      asm.add(pointer, { base: RSI, offset: TASK.units });
      return pointer;
    });
  }

  /**
   * Sums over a part's pixels, some at a time.
   *
   * @param of.sums The registers of each kind of sum, for each vector of the group.
   * @param of.tensors How many of the first tensors are gone through.
   * @param of.result The register that points at the result, whose first rows are the sums.
   * @param add Adds a vector of a pixel, of which each tensor's place is given.
   */
  sumPixels(
    group: number[],
    { sums, tensors, result }: { sums: number[][]; tensors: number; result: number },
    add: (vector: number, places: Memory[]) => void,
  ): void {
    const asm = this.asm;
    const each = (work: (register: number, place: Memory) => void) =>
      sums.forEach((registers, row) =>
        registers.forEach((register, v) => work(register, this.row(result, row, group[v]!)))
      );
    each((register, place) => {
      asm.zero(register);
      asm.vmovupsStore(place, register);
    });
    const pointers = this.pointAtPart(Array.from({ length: tensors }, (_, i) => i));
    asm.load(RAX, { base: RSI, offset: TASK.unitCount });
    const start = asm.label();
    asm.place(start);
    asm.movNumber(RBX, BigInt(CHUNK));
    asm.cmp(RAX, { register: RBX });
    asm.cmov("less", RBX, RAX);
    asm.sub(RAX, { register: RBX });
    each((register) => asm.zero(register));
    asm.countDown(RBX, 1, () => {
      group.forEach((offset, v) => add(v, pointers.map((base) => this.image(base, offset))));
      for (const pointer of pointers) asm.add(pointer, this.pixelBytes);
    });
    each((register, place) => {
      asm.vaddps(register, register, place);
      asm.vmovupsStore(place, register);
    });
    asm.test(RAX, RAX);
    asm.jump("notZero", start);
  }
}
