import { type Memory, R10, R11, R8, R9, RAX, RBX, RCX, RDI, RDX, RSI } from "./assembler.ts";
import { TASK } from "./task.ts";
import { AVX512, VectorAssembler, type VectorUnit } from "./vector_assembler.ts";

/** A batch normalization of images `[N, C]`: all pixels of a batch, one after the other. */
export interface NormalizationShape {
  pixels: number;
  /** A multiple of 16. */
  channels: number;
  /** Among how many tasks the pixels are divided. */
  parts: number;
  /** Whether a ReLU follows. */
  relu: boolean;
}

const FLOAT_BYTES = 4;
/** How many pixels are summed before their sums are added to others, so that less is rounded. */
const CHUNK = 512;
/** So many pixels, far from each other, tell about where the numbers of a channel are. */
const SAMPLES = 8;

/** What the code computes with, at the address that a task has for its constants. */
const CONSTANTS = { perSample: 0, perPixel: 4, unbiased: 8, epsilon: 12, one: 16, share: 20 };

/** The numbers of {@linkcode CONSTANTS}. */
export function normalizationConstants(
  { pixels }: NormalizationShape,
  { epsilon, share }: { epsilon: number; share: number },
): Float32Array<ArrayBuffer> {
  const samples = Math.min(SAMPLES, pixels);
  const unbiased = pixels / Math.max(1, pixels - 1);
  return Float32Array.of(1 / samples, 1 / pixels, unbiased, epsilon, 1, share);
}

/** Of a part's pixels: the sums of what they differ by from the third row, and of its squares. */
const SUM = 0, SQUARES = 1, ABOUT = 2;
/** How many rows `[C]` what the parts of a batch come to has. */
export const SUM_ROWS = 3;
/** What a normalization gives besides its result: for inference, and for the gradient. */
export const MOVING_MEAN = 0, MOVING_VARIANCE = 1, MEAN = 2, VARIANCE = 3, STATISTIC_ROWS = 4;
/** Of a part's pixels: the sums of the gradient, and of its products with what they differ by. */
const GRADIENT = 0, PRODUCT = 1;
export const GRADIENT_ROWS = 2;
/** The gradients of the weights. */
export const GAMMA_GRADIENT = 0, BETA_GRADIENT = 1;

/** Writes the code of batch normalizations; each method makes all of one. */
export class NormalizationCode {
  readonly #shape: NormalizationShape;
  readonly #asm: VectorAssembler;
  /** How many vectors of a pixel are worked on at once. */
  readonly #group: number;
  #taken = 0;

  constructor(shape: NormalizationShape, unit: VectorUnit) {
    this.#shape = shape;
    this.#asm = new VectorAssembler(unit);
    const vectors = shape.channels * FLOAT_BYTES / unit.bytes;
    const most = unit === AVX512 ? 4 : 2;
    this.#group = vectors % most === 0 ? most : vectors % 2 === 0 ? 2 : 1;
  }

  /** Of images and sums: a part's sums. */
  sums(): Uint8Array<ArrayBuffer> {
    const asm = this.#asm;
    return this.#eachGroup((group) => {
      const [about, sum, squares] = this.#takeEach(group, 3) as [number[], number[], number[]];
      const [number] = this.#takeOne(1);
      this.#load(RDX, 0);
      const { pixels } = this.#shape, samples = Math.min(SAMPLES, pixels);
      group.forEach((offset, v) => {
        asm.zero(about[v]!);
        for (let i = 0; i < samples; i++) {
          const pixel = Math.floor(pixels * (i + 0.5) / samples) * this.#pixelBytes;
          asm.vaddps(about[v]!, about[v]!, { base: RDX, offset: pixel + offset });
        }
        this.#constant(number!, "perSample");
        asm.vmulps(about[v]!, about[v]!, number!);
      });
      this.#load(R9, 1);
      group.forEach((offset, v) => asm.vmovupsStore(this.#row(R9, ABOUT, offset), about[v]!));
      this.#sumPixels(group, { sums: [sum, squares], tensors: 1, result: R9 }, (v, [image]) => {
        asm.vmovups(number!, image!);
        asm.vsubps(number!, number!, about[v]!);
        asm.vaddps(sum[v]!, sum[v]!, number!);
        asm.vfmadd231ps(squares[v]!, number!, number!);
      });
    });
  }

  /** Of images, the weights, the parts' sums and the result: a part of the result. */
  normalize(): Uint8Array<ArrayBuffer> {
    const { parts } = this.#shape;
    return this.#eachGroup((group) => {
      const [mean, variance, shift] = this.#takeEach(group, 3) as [number[], number[], number[]];
      const [number, zero] = this.#takeOne(2);
      group.forEach((offset, v) => {
        this.#meanAndVariance(mean[v]!, variance[v]!, { first: 3, offset });
        this.#scaleAndShift(offset, {
          mean: mean[v]!,
          scale: variance[v]!,
          shift: shift[v]!,
          gamma: 1,
        });
      });
      const result = 3 + parts;
      this.#normalizePixels(group, {
        scale: variance,
        shift,
        number: number!,
        zero: zero!,
        result,
      });
    });
  }

  /** The same of images, the weights, mean and variance, and the result. */
  normalizeAgain(): Uint8Array<ArrayBuffer> {
    return this.#eachGroup((group) => {
      const [mean, scale, shift] = this.#takeEach(group, 3) as [number[], number[], number[]];
      const [number, zero] = this.#takeOne(2);
      group.forEach((offset, v) =>
        this.#known(offset, {
          mean: mean[v]!,
          scale: scale[v]!,
          shift: shift[v]!,
          gamma: 1,
        })
      );
      this.#normalizePixels(group, { scale, shift, number: number!, zero: zero!, result: 5 });
    });
  }

  /** Of the moving averages, the parts' sums and the result: the statistics. */
  statistics(): Uint8Array<ArrayBuffer> {
    const asm = this.#asm;
    return this.#eachGroup((group) => {
      const [mean, variance, moved, share] = this.#takeOne(4) as [number, number, number, number];
      for (const offset of group) {
        this.#meanAndVariance(mean, variance, { first: 2, offset });
        this.#load(R9, 2 + this.#shape.parts);
        asm.vmovupsStore(this.#row(R9, MEAN, offset), mean);
        asm.vmovupsStore(this.#row(R9, VARIANCE, offset), variance);
        this.#constant(share, "unbiased");
        asm.vmulps(variance, variance, share);
        this.#constant(share, "share");
        for (const [row, value] of [[MOVING_MEAN, mean], [MOVING_VARIANCE, variance]] as const) {
          this.#load(R8, row);
          asm.vmovups(moved, { base: R8, offset });
          asm.vsubps(value, value, moved);
          asm.vfmadd231ps(moved, share, value);
          asm.vmovupsStore(this.#row(R9, row, offset), moved);
        }
      }
    });
  }

  /** Of the gradient, images, the weights, mean and variance, and the result: a part's sums. */
  gradientSums(): Uint8Array<ArrayBuffer> {
    const asm = this.#asm, { relu } = this.#shape;
    return this.#eachGroup((group) => {
      const [mean, scale, shift, sum, products] = this.#takeEach(group, 5);
      const [number, other, zero] = this.#takeOne(3) as [number, number, number];
      group.forEach((offset, v) => {
        const [of, into] = [mean![v]!, { scale: scale![v]!, shift: shift![v]! }];
        this.#known(offset, { mean: of, ...into, gamma: 2 });
      });
      this.#load(R9, 6);
      if (relu) asm.zero(zero);
      this.#sumPixels(group, { sums: [sum!, products!], tensors: 2, result: R9 }, (
        v,
        [gradient, image],
      ) => {
        asm.vmovups(number, gradient!);
        asm.vmovups(other, image!);
        this.#throughRelu(number, other, { scale: scale![v]!, shift: shift![v]!, zero });
        asm.vaddps(sum![v]!, sum![v]!, number);
        asm.vsubps(other, other, mean![v]!);
        asm.vfmadd231ps(products![v]!, number, other);
      });
    });
  }

  /** Of the gradient, images, the weights, mean and variance, the parts' sums, the result: a part. */
  gradient(): Uint8Array<ArrayBuffer> {
    const asm = this.#asm, { parts, relu } = this.#shape;
    return this.#eachGroup((group) => {
      const [scale, shift, slope, base] = this.#takeEach(group, 4);
      const [mean, number, other, zero] = this.#takeOne(4) as [number, number, number, number];
      group.forEach((offset, v) => {
        const to = { scale: scale![v]!, shift: shift![v]!, slope: slope![v]!, base: base![v]! };
        this.#known(offset, { ...to, mean, inverse: to.slope, gamma: 2 });
        // slope = -scale / variance * mean of the products, base = -scale * mean of the gradient
        // - slope * mean
        this.#constant(number, "perPixel");
        asm.vmulps(to.slope, to.slope, to.slope);
        this.#sumOfParts(other, { first: 6, row: PRODUCT, offset });
        asm.vmulps(other, other, number);
        asm.vmulps(to.slope, to.slope, other);
        asm.vmulps(to.slope, to.slope, to.scale);
        asm.zero(zero);
        asm.vsubps(to.slope, zero, to.slope);
        this.#sumOfParts(other, { first: 6, row: GRADIENT, offset });
        asm.vmulps(other, other, number);
        asm.vmulps(other, other, to.scale);
        asm.vsubps(to.base, zero, other);
        asm.vfnmadd231ps(to.base, to.slope, mean);
      });
      if (relu) asm.zero(zero);
      this.#eachPixel(
        [0, 1, 6 + parts],
        ([gradient, image, result]) =>
          group.forEach((offset, v) => {
            asm.vmovups(number, { base: gradient!, offset });
            asm.vmovups(other, { base: image!, offset });
            this.#throughRelu(number, other, { scale: scale![v]!, shift: shift![v]!, zero });
            asm.vmovups(mean, base![v]!);
            asm.vfmadd231ps(mean, scale![v]!, number);
            asm.vfmadd231ps(mean, slope![v]!, other);
            asm.vmovupsStore({ base: result!, offset }, mean);
          }),
      );
    });
  }

  /** Of the variance, the parts' sums and the result: the gradients of the weights. */
  weightGradients(): Uint8Array<ArrayBuffer> {
    const asm = this.#asm, { parts } = this.#shape;
    return this.#eachGroup((group) => {
      const [sum, inverse] = this.#takeOne(2) as [number, number];
      for (const offset of group) {
        this.#load(R8, 0);
        this.#inverseDeviation(inverse, { base: R8, offset });
        this.#sumOfParts(sum, { first: 1, row: PRODUCT, offset });
        asm.vmulps(inverse, inverse, sum);
        this.#sumOfParts(sum, { first: 1, row: GRADIENT, offset });
        this.#load(R9, 1 + parts);
        asm.vmovupsStore(this.#row(R9, GAMMA_GRADIENT, offset), inverse);
        asm.vmovupsStore(this.#row(R9, BETA_GRADIENT, offset), sum);
      }
    });
  }

  get #pixelBytes(): number {
    return this.#shape.channels * FLOAT_BYTES;
  }

  /** Writes code for each group of a pixel's vectors, whose offsets are given. */
  #eachGroup(body: (offsets: number[]) => void): Uint8Array<ArrayBuffer> {
    const asm = this.#asm, { bytes } = asm.unit;
    asm.push(RBX);
    for (let start = 0; start < this.#pixelBytes; start += this.#group * bytes) {
      this.#taken = 0;
      body(Array.from({ length: this.#group }, (_, v) => start + v * bytes));
    }
    asm.vzeroupper();
    asm.pop(RBX);
    asm.ret();
    return asm.code;
  }

  /** Registers for each vector of a group. */
  #takeEach(group: number[], count: number): number[][] {
    return Array.from({ length: count }, () => group.map(() => this.#taken++));
  }

  #takeOne(count: number): number[] {
    return Array.from({ length: count }, () => this.#taken++);
  }

  /** Loads the address of the tensor of some index. */
  #load(to: number, index: number): void {
    this.#asm.load(to, { base: RDI, offset: index * 8 });
  }

  #constant(to: number, name: keyof typeof CONSTANTS): void {
    this.#asm.load(R10, { base: RSI, offset: TASK.constants });
    this.#asm.vbroadcastss(to, { base: R10, offset: CONSTANTS[name] });
  }

  /** A vector in a row `[C]` of a tensor. */
  #row(base: number, row: number, offset: number): Memory {
    return { base, offset: row * this.#pixelBytes + offset };
  }

  /** The sum over the parts of what is in a row of their sums. */
  #sumOfParts(
    to: number,
    { first, row, offset }: { first: number; row: number; offset: number },
  ): void {
    for (let part = 0; part < this.#shape.parts; part++) {
      this.#load(R8, first + part);
      const place = this.#row(R8, row, offset);
      if (part === 0) this.#asm.vmovups(to, place);
      else this.#asm.vaddps(to, to, place);
    }
  }

  /** The mean and the variance, divided by n, of the parts' sums. */
  #meanAndVariance(
    mean: number,
    variance: number,
    { first, offset }: { first: number; offset: number },
  ): void {
    const asm = this.#asm, free = this.#taken;
    this.#constant(free, "perPixel");
    this.#sumOfParts(variance, { first, row: SQUARES, offset });
    asm.vmulps(variance, variance, free);
    this.#sumOfParts(mean, { first, row: SUM, offset });
    asm.vmulps(mean, mean, free);
    asm.vfnmadd231ps(variance, mean, mean);
    asm.zero(free);
    asm.vmaxps(variance, free, variance);
    this.#load(R8, first);
    asm.vaddps(mean, mean, this.#row(R8, ABOUT, offset));
  }

  /** The inverse of the standard deviation. */
  #inverseDeviation(to: number, variance: number | Memory): void {
    const asm = this.#asm, free = this.#taken;
    this.#constant(free, "epsilon");
    asm.vaddps(to, free, variance);
    asm.vsqrtps(to, to);
    this.#constant(free, "one");
    asm.vdivps(to, free, to);
  }

  /**
   * What a number is multiplied by, and what is added then, of the mean and, in `scale`, the variance.
   *
   * @param of.gamma The index of the tensor of factors; what is added is in the next.
   * @param of.inverse Where the inverse of the standard deviation goes too.
   */
  #scaleAndShift(
    offset: number,
    of: { mean: number; scale: number; shift: number; gamma: number; inverse?: number },
  ): void {
    const asm = this.#asm;
    this.#inverseDeviation(of.scale, of.scale);
    if (of.inverse !== undefined) asm.vmovups(of.inverse, of.scale);
    this.#load(R8, of.gamma);
    asm.vmulps(of.scale, of.scale, { base: R8, offset });
    this.#load(R8, of.gamma + 1);
    asm.vmovups(of.shift, { base: R8, offset });
    asm.vfnmadd231ps(of.shift, of.mean, of.scale);
  }

  /** The same of a mean and a variance, which are the tensors after the weights. */
  #known(
    offset: number,
    to: { mean: number; scale: number; shift: number; gamma: number; inverse?: number },
  ): void {
    this.#load(R8, to.gamma + 2);
    this.#asm.vmovups(to.mean, { base: R8, offset });
    this.#load(R8, to.gamma + 3);
    this.#asm.vmovups(to.scale, { base: R8, offset });
    this.#scaleAndShift(offset, to);
  }

  /** Writes what is normalized of each pixel, from the first tensor. */
  #normalizePixels(
    group: number[],
    of: { scale: number[]; shift: number[]; number: number; zero: number; result: number },
  ): void {
    const asm = this.#asm, { relu } = this.#shape;
    if (relu) asm.zero(of.zero);
    this.#eachPixel([0, of.result], ([image, result]) =>
      group.forEach((offset, v) => {
        asm.vmovups(of.number, of.shift[v]!);
        asm.vfmadd231ps(of.number, of.scale[v]!, { base: image!, offset });
        // What is not a number stays so.
        if (relu) asm.vmaxps(of.number, of.zero, of.number);
        asm.vmovupsStore({ base: result!, offset }, of.number);
      }));
  }

  /** What a ReLU lets through of a gradient, of what was normalized. */
  #throughRelu(
    gradient: number,
    image: number,
    { scale, shift, zero }: { scale: number; shift: number; zero: number },
  ): void {
    if (!this.#shape.relu) return;
    const asm = this.#asm, free = this.#taken;
    asm.vmovups(free, shift);
    asm.vfmadd231ps(free, scale, image);
    asm.keepWherePositive(gradient, free, zero);
  }

  /** Repeats code for each pixel of a part, with the registers that point at it in some tensors. */
  #eachPixel(tensors: number[], body: (pointers: number[]) => void): void {
    const asm = this.#asm;
    const pointers = this.#pointAtPart(tensors);
    asm.load(RAX, { base: RSI, offset: TASK.unitCount });
    asm.countDown(RAX, 1, () => {
      body(pointers);
      for (const pointer of pointers) asm.add(pointer, this.#pixelBytes);
    });
  }

  /** Has registers point at the part's first pixel in some tensors. */
  #pointAtPart(tensors: number[]): number[] {
    const asm = this.#asm;
    return tensors.map((index, i) => {
      const pointer = [RDX, RCX, R11][i]!;
      this.#load(pointer, index);
      asm.add(pointer, { base: RSI, offset: TASK.units });
      return pointer;
    });
  }

  /**
   * Sums over a part's pixels, some at a time.
   *
   * @param of.sums The registers of two sums for each vector of the group.
   * @param of.tensors How many of the first tensors are gone through.
   * @param of.result The register that points at the result, whose first rows are the sums.
   * @param add Adds a vector of a pixel, of which each tensor's place is given.
   */
  #sumPixels(
    group: number[],
    { sums, tensors, result }: { sums: [number[], number[]]; tensors: number; result: number },
    add: (vector: number, places: Memory[]) => void,
  ): void {
    const asm = this.#asm;
    const each = (work: (register: number, place: Memory) => void) =>
      sums.forEach((registers, row) =>
        registers.forEach((register, v) => work(register, this.#row(result, row, group[v]!)))
      );
    each((register, place) => {
      asm.zero(register);
      asm.vmovupsStore(place, register);
    });
    const pointers = this.#pointAtPart(Array.from({ length: tensors }, (_, i) => i));
    asm.load(RAX, { base: RSI, offset: TASK.unitCount });
    const start = asm.label();
    asm.place(start);
    asm.movNumber(RBX, BigInt(CHUNK));
    asm.cmp(RAX, { register: RBX });
    asm.cmov("less", RBX, RAX);
    asm.sub(RAX, { register: RBX });
    each((register) => asm.zero(register));
    asm.countDown(RBX, 1, () => {
      group.forEach((offset, v) => add(v, pointers.map((base) => ({ base, offset }))));
      for (const pointer of pointers) asm.add(pointer, this.#pixelBytes);
    });
    each((register, place) => {
      asm.vaddps(register, register, place);
      asm.vmovupsStore(place, register);
    });
    asm.test(RAX, RAX);
    asm.jump("notZero", start);
  }
}
