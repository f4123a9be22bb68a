import type { Tensor, Tensor1D } from "@tensorflow/tfjs-node-gpu";
import { AttributeType } from "./data_type.ts";
import type { InPlaceVariable } from "./in_place_variable.ts";
import type { TensorFlow } from "./load_package.ts";
import { ADAM, hasAdamCode } from "./machine_adam.ts";
import type { AdamOptions } from "./machine_code/mod.ts";
import { mayRunMachineCode, nodeBackend } from "./node_backend.ts";

export type { AdamOptions };

/** Values, and what Adam knows of them; all float32 and, but for the factors, of one shape. */
export interface AdamSubject {
  gradient: Tensor;
  value: Tensor;
  /** The gradient's first and second moment, `m` and `v`: running means of it and of its square. */
  moments: readonly [InPlaceVariable, InPlaceVariable];
  /**
   * `[2]`: in step t, from 1, the learning rate over `1 - beta1^t`, and `1 / sqrt(1 - beta2^t)`, as
   * `Optimizer.nextFactors()` gives them.
   */
  factors: Tensor1D;
}

/** Whether {@linkcode inPlaceAdam} can update values of some shapes. */
export function hasInPlaceAdam(tf: TensorFlow, shapes: number[][]): boolean {
  return mayRunMachineCode(tf) && shapes.every(hasAdamCode);
}

/**
 * Updates values as Adam does (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980), by machine code, in a
 * function that is being compiled, but not by XLA. The moments are changed where they lie:
 * `m = beta1 m + (1 - beta1) g` and `v = beta2 v + (1 - beta2) g^2`.
 *
 * @returns The new values, `value - factors[0] m / (sqrt(v) factors[1] + epsilon)`.
 * @throws {Error} where no function is being compiled, XLA compiles it, or there is no machine code.
 * @throws {RangeError} if shapes differ, or are not known before it runs.
 */
export function inPlaceAdam(
  tf: TensorFlow,
  { gradient, value, moments, factors }: AdamSubject,
  options: AdamOptions,
): Tensor {
  const backend = nodeBackend(tf);
  if (!backend.binding.isTracing || !mayRunMachineCode(tf)) {
    throw new Error(
      "Cannot update in place: expected a function that compile() compiles, not by XLA, where " +
        "hasInPlaceAdam() says that there is machine code",
    );
  }
  const shapes = backend.getInputTensorIds([value, gradient, factors])
    .map((id) => backend.binding.describe(id).shape);
  const [shape] = shapes as [number[]];
  const expected = [shape, shape, [2], shape, shape];
  const got = [...shapes, ...moments.map((moment) => moment.shape)];
  if (!hasAdamCode(shape) || `${got.join(";")}` !== `${expected.join(";")}`) {
    throw new RangeError(
      "Cannot update in place: expected value, gradient and moments of one shape and factors [2], " +
        `got ${[got[0], got[1], got[3], got[4], got[2]].map((sizes) => `[${sizes}]`).join(", ")}`,
    );
  }
  const inputs = [gradient, factors, value, ...moments.map(({ handle }) => handle)];
  const attributes = Object.entries(options)
    .map(([name, value]) => ({ name, type: AttributeType.FLOAT, value }));
  return backend.executeMultipleOutputs(ADAM, attributes, inputs, 1)[0]!;
}
