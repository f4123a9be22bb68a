import { bfloat16Convolution } from "./bfloat16_convolution.ts";
import { AttributeType, DataType } from "./data_type.ts";
import type { CodeUse } from "./machine_code/mod.ts";
import { sumOfPixels } from "./normalization.ts";
import { OpBuilder } from "./op_builder.ts";
import { attributeValue, type OpAttribute } from "./op_attributes.ts";
import {
  CONVOLUTION,
  FILTER_GRADIENT,
  IMAGE_GRADIENT,
  NORMALIZATION,
  NORMALIZATION_GRADIENT,
} from "./op_names.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";

/** Which inputs of a convolution are its factors; the others are sizes. */
const CONVOLUTIONS: Record<string, number[]> = {
  [CONVOLUTION]: [0, 1],
  [IMAGE_GRADIENT]: [1, 2],
  [FILTER_GRADIENT]: [0, 2],
};

/** Which inputs and outputs of an op have its type `T`, if those are not all that are float32. */
interface Follower {
  inputs?: number[];
  outputs?: number[];
  /** Whether one number for each channel, a bias, may be rounded. */
  hasBias?: boolean;
  /** The op that takes its place, with more outputs and a type `U` for what stays float32. */
  newer?: { name: string; outputs: number };
}

/** Ops that stay in bfloat16 where what they take is in it already. */
const FOLLOWERS: Record<string, Follower> = {
  // Of normalizations statistics, scale and offset are float32.
  [NORMALIZATION]: { inputs: [0], outputs: [0] },
  [NORMALIZATION_GRADIENT]: { inputs: [0, 1], outputs: [0] },
  // What tfjs normalizes by outside of training takes only float32.
  FusedBatchNorm: { inputs: [0], outputs: [0], newer: { name: NORMALIZATION, outputs: 6 } },
  Relu: {},
  ReluGrad: {},
  MaxPool: {},
  MaxPoolGrad: {},
  ConcatV2: {},
  SplitV: {},
  Add: { hasBias: true },
  AddV2: { hasBias: true },
  BiasAdd: { hasBias: true },
  AddN: {},
};

/** An op that copies nothing: it is run both ways, and what nothing takes is left out. */
const RESHAPE = "Reshape";
const SUM = "Sum";
/** With more axes than images have a bias would give them more. */
const IMAGE_AXES = 4;

/**
 * The policy of the precision `"bf16"`. Convolutions are computed in bfloat16: their factors are
 * rounded to it. Ops that only normalize, compare, move or add up what convolutions gave follow them,
 * so that it is not widened to be rounded again; the statistics of a normalization stay float32. So
 * does all else: weights and their update, softmax and loss. Gradients of weights may come rounded from
 * the convolution that computes them, and are float32 from there on.
 */
export class Bfloat16Ops<T extends WeakKey> {
  readonly #runner: OpRunner<T>;
  readonly #code: CodeUse | undefined;
  /** By a tensor that was widened to float32, what it was widened from. */
  readonly #sources = new WeakMap<T, T>();
  /** By a tensor of float32, that tensor rounded. */
  readonly #rounded = new WeakMap<T, T>();
  /** By the result of machine code, the convolution that it computes. */
  readonly #convolved = new WeakMap<T, OpCall<T>>();

  /**
   * @param runner Runs the ops.
   * @param code What makes machine code, if ops may run in it.
   */
  constructor(runner: OpRunner<T>, code?: CodeUse) {
    this.#runner = runner;
    this.#code = code;
  }

  /**
   * Runs an op in bfloat16.
   *
   * @returns What it gives, taken back to float32; `undefined` for an op that is not run so.
   */
  run(call: OpCall<T>): T[] | undefined {
    const { name, inputs, attributes, outputs, isTakenOnce = false } = call;
    if (name === RESHAPE) return this.#reshape(call);
    if (name === SUM) return this.#sum(call);
    const numbers = this.#numbersOf(call);
    if (!numbers) return undefined;
    const convolved = CONVOLUTIONS[name] ? this.#convolve(call) : this.#addBias(call);
    if (convolved) return [this.#widen(convolved)];
    const narrow = inputs.map((input, i) => numbers.includes(i) ? this.#narrow(input) : input);
    const typed = inBfloat16(attributes);
    const { newer, outputs: narrowed } = FOLLOWERS[name] ?? {};
    if (newer) typed.push({ name: "U", type: AttributeType.TYPE, value: DataType.FLOAT });
    // Waiting for a widened tensor would have it widened for nothing.
    const after = (call.after ?? []).map((tensor) => this.#sources.get(tensor) ?? tensor);
    const results = this.#runner.operation({
      name: newer?.name ?? name,
      inputs: narrow,
      attributes: typed,
      outputs: newer?.outputs ?? outputs,
      after,
      isTakenOnce,
    }).slice(0, outputs);
    return results.map((result, i) => {
      if (narrowed && !narrowed.includes(i)) return result;
      const isFollowed = name !== FILTER_GRADIENT;
      return this.#widen(result, { isFollowed });
    });
  }

  #reshape(call: OpCall<T>): T[] | undefined {
    const [tensor, ...rest] = call.inputs as [T, ...T[]];
    const source = this.#sources.get(tensor);
    if (!source) return undefined;
    const results = this.#runner.operation(call);
    const narrow = { ...call, inputs: [source, ...rest], attributes: inBfloat16(call.attributes) };
    this.#sources.set(results[0]!, this.#runner.operation(narrow)[0]!);
    return results;
  }

  /** A sum over pixels, such as the gradient of a bias, by machine code that widens them itself. */
  #sum({ inputs, attributes }: OpCall<T>): T[] | undefined {
    const [tensor, axes] = inputs as [T, T], code = this.#code, runner = this.#runner;
    const source = this.#sources.get(tensor), summed = runner.intsOf(axes);
    if (!source || !code || !summed) return undefined;
    const shape = runner.shapeOf(source), channels = shape.at(-1)!;
    const left = shape.filter((_, axis) => !summed.includes(axis));
    const isOfPixels = !summed.includes(shape.length - 1) &&
      left.reduce((product, size) => product * size, 1) === channels;
    const sums = isOfPixels ? sumOfPixels(runner, code, source) : undefined;
    if (!sums) return undefined;
    const keeps = attributeValue(attributes, "keep_dims");
    const kept = shape.map((size, axis) => summed.includes(axis) ? 1 : size);
    return [new OpBuilder(runner).reshape(sums, keeps ? kept : left)];
  }

  /** A convolution by machine code, which rounds the filter itself. */
  #convolve(call: OpCall<T>, options: { bias?: T } = {}): T | undefined {
    const code = this.#code, round = (tensor: T) => this.#narrow(tensor);
    const result = code && bfloat16Convolution(this.#runner, call, { ...options, code, round });
    if (result && !options.bias) this.#convolved.set(result, call);
    return result;
  }

  /** Such a convolution again, with a bias; TensorFlow leaves the first out if nothing else takes it. */
  #addBias({ name, inputs }: OpCall<T>): T | undefined {
    const [tensor, bias] = inputs as [T, T];
    const source = this.#sources.get(tensor);
    const call = source && this.#convolved.get(source);
    const isBias = call && FOLLOWERS[name]?.hasBias && !this.#sources.has(bias) &&
      isOnePerChannel(this.#runner.shapeOf(bias), this.#runner.shapeOf(source).at(-1)!);
    return isBias ? this.#convolve(call, { bias }) : undefined;
  }

  /** Takes what was computed back to float32. */
  #widen(result: T, { isFollowed = true } = {}): T {
    if (this.#runner.dtypeOf(result) === DataType.FLOAT) return result;
    const wide = this.#cast(result, DataType.BFLOAT16, DataType.FLOAT);
    if (isFollowed) this.#sources.set(wide, result);
    return wide;
  }

  /** The inputs that an op takes in bfloat16; `undefined` if it is not run so. */
  #numbersOf({ name, inputs }: OpCall<T>): number[] | undefined {
    const follower = FOLLOWERS[name];
    const numbers = CONVOLUTIONS[name] ?? follower?.inputs ?? inputs.keys().toArray();
    const isFloat = (i: number) => this.#runner.dtypeOf(inputs[i]!) === DataType.FLOAT;
    if (CONVOLUTIONS[name]) return numbers.every(isFloat) ? numbers : undefined;
    if (!follower) return undefined;
    const floats = numbers.filter(isFloat);
    const others = floats.filter((i) => !this.#sources.has(inputs[i]!));
    if (others.length === floats.length) return undefined;
    const shapes = floats.map((i) => this.#runner.shapeOf(inputs[i]!));
    const channels = Math.max(...shapes.map((shape) => shape.at(-1) ?? 0));
    const isBias = (i: number) =>
      follower.hasBias && isOnePerChannel(this.#runner.shapeOf(inputs[i]!), channels);
    const follows = others.every(isBias);
    return follows ? floats : undefined;
  }

  #narrow(tensor: T): T {
    const known = this.#sources.get(tensor) ?? this.#rounded.get(tensor);
    if (known) return known;
    const rounded = this.#cast(tensor, DataType.FLOAT, DataType.BFLOAT16);
    this.#rounded.set(tensor, rounded);
    return rounded;
  }

  #cast(tensor: T, from: number, to: number): T {
    const types: OpAttribute[] = [
      { name: "SrcT", type: AttributeType.TYPE, value: from },
      { name: "DstT", type: AttributeType.TYPE, value: to },
    ];
    return new OpBuilder(this.#runner).op("Cast", [tensor], types);
  }
}

/** Attributes of an op of float32 as one of bfloat16 has them. */
function inBfloat16(attributes: OpAttribute[]): OpAttribute[] {
  return attributes.map((attribute) =>
    attribute.name === "T" ? { ...attribute, value: DataType.BFLOAT16 } : attribute
  );
}

/** Whether a tensor that is added has one number for each of some channels. */
function isOnePerChannel(shape: number[], channels: number): boolean {
  return shape.length <= IMAGE_AXES && shape.at(-1) === channels &&
    shape.slice(0, -1).every((size) => size === 1);
}
