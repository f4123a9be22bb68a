import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { fromTorchLayout, type Parameter, toTorchLayout } from "../models/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import type { SafeTensor, StoredTensor } from "./safetensors.ts";

/** Ends the name of PyTorch's count of batches, of which nothing depends with a fixed momentum. */
export const BATCH_COUNT = ".num_batches_tracked";

/** A variable that is saved under a name of its own in the layout of its parameter. */
export interface NamedVariable {
  name: string;
  parameter: Parameter;
  variable: Savable;
}

/** What {@linkcode NamedVariable} needs of tfjs's `Variable` or an `InPlaceVariable`. */
export interface Savable {
  readonly shape: number[];
  clone(): Tensor;
  assign(value: Tensor): void;
}

/** Copies variables out, in PyTorch's layout. */
export function readVariables(targets: NamedVariable[]): Map<string, SafeTensor> {
  return new Map(targets.map(({ name, parameter, variable }) => {
    const value = variable.clone();
    const tensor = toTorchLayout(parameter, value);
    const data = tensor.dataSync<"float32">();
    const { shape } = tensor;
    value.dispose();
    tensor.dispose();
    return [name, { data, shape }];
  }));
}

/**
 * Puts tensors in PyTorch's layout into variables.
 *
 * @param tf The engine.
 * @param tensors The tensors by the variables' names, checked by {@linkcode checkTensors}.
 */
export function assignVariables(
  tf: TensorFlow,
  targets: NamedVariable[],
  tensors: Map<string, StoredTensor>,
): void {
  for (const { name, parameter, variable } of targets) {
    const tensor = tensors.get(name)!, { shape } = tensor;
    const data = tensor.read() as Float32Array<ArrayBuffer>;
    tf.tidy(() => variable.assign(fromTorchLayout(parameter, tf.tensor(data, shape))));
    // Freed at once, which JavaScript's collector would do late; tfjs transposes no vector, and copies its
    // numbers only when an op takes them.
    if (shape.length > 1) data.buffer.transfer(0);
  }
}

/**
 * Checks that there is a tensor for each variable, of the right shape, and no other.
 *
 * @param path Where the tensors come from, for the error.
 * @throws {Error} naming the first tensor that does not fit.
 */
export function checkTensors(
  path: string,
  targets: NamedVariable[],
  tensors: Map<string, StoredTensor>,
): void {
  const expected = new Map(targets.map(({ name, parameter, variable }) => [
    name,
    parameter.torchAxes.map((axis) => variable.shape[axis]),
  ]));
  for (const name of tensors.keys()) {
    if (!expected.has(name) && !name.endsWith(BATCH_COUNT)) {
      throw new Error(`Cannot load ${path}: it is of another model, which has ${name}`);
    }
  }
  for (const [name, shape] of expected) {
    const found = tensors.get(name);
    if (found?.dtype !== "float32" || found.shape.join() !== shape.join()) {
      const type = found?.dtype === "int64" ? "int64 " : "";
      const got = found ? `is ${type}[${found.shape.join(", ")}]` : "is missing";
      throw new Error(
        `Cannot load ${path}: it is of another model: ` +
          `${name} ${got}, expected [${shape.join(", ")}]`,
      );
    }
  }
}
