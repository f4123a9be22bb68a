import type { Tensor, Tensor1D } from "@tensorflow/tfjs-node-gpu";
import { AttributeType } from "./data_type.ts";
import type { InPlaceVariable } from "./in_place_variable.ts";
import type { TensorFlow } from "./load_package.ts";
import { ADAM, hasAdamCode } from "./machine_adam.ts";
import type { AdamOptions } from "./machine_code/mod.ts";
import { mayRunMachineCode, nodeBackend } from "./node_backend.ts";

/** Values, and what Adam knows of them; all float32. */
export interface AdamSubject {
  gradient: Tensor;
  value: Tensor;
  /** The moments of the gradients. */
  moments: readonly [InPlaceVariable, InPlaceVariable];
  /** `[2]`: the learning rate, and what the root of the second moment is multiplied by. */
  factors: Tensor1D;
}

/** Whether {@linkcode inPlaceAdam} can update values of some shapes. */
export function hasInPlaceAdam(tf: TensorFlow, shapes: number[][]): boolean {
  return mayRunMachineCode(tf) && shapes.every(hasAdamCode);
}

/**
 * Updates values as Adam does (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980), by machine code, in a
 * function that is being compiled, but not by XLA. The moments are changed where they lie.
 *
 * @returns The new values.
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
