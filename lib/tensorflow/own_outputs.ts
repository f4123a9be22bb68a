import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "./load_package.ts";

/** What a compiled function may return: a tensor, or an array or an object of tensors. */
export type Outputs<O = Record<string, Tensor>> = Tensor | Tensor[] | { [K in keyof O]: Tensor };

/** What a function gave, one tensor after the other. */
export interface OwnOutputs {
  /** Tensors of the caller's own. */
  outputs: Tensor[];
  /** Their names, or numbers from 0 up. */
  names: string[];
  /** Puts as many tensors into the form that the function returned. */
  form: (outputs: Tensor[]) => Outputs;
}

/**
 * Runs a function and frees the tensors that it makes on the way. What it gives are clones, since it may
 * have been there before, such as a variable.
 *
 * @throws {TypeError} if it gives something else than tensors.
 */
export function ownOutputs(tf: TensorFlow, fn: () => Outputs): OwnOutputs {
  let flat!: OwnOutputs;
  const outputs = tf.tidy(() => {
    flat = flatten(tf, fn());
    return flat.outputs.map((output) => output.clone());
  });
  return { ...flat, outputs };
}

function flatten(tf: TensorFlow, result: Outputs): OwnOutputs {
  if (result instanceof tf.Tensor) {
    return { outputs: [result], names: ["0"], form: ([output]) => output! };
  }
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new TypeError(
      "Cannot compile: the function is async; let it give tensors, not a promise",
    );
  }
  const outputs: unknown[] = Object.values(result ?? {});
  const hasOnlyTensors = outputs.every((output) => output instanceof tf.Tensor);
  if (typeof result !== "object" || result === null || !hasOnlyTensors) {
    throw new TypeError(
      "Cannot compile: expected the function to give a tensor, or an array or an object of tensors",
    );
  }
  const names = Object.keys(result);
  if (Array.isArray(result)) return { outputs: result, names, form: (outputs) => outputs };
  return {
    outputs: Object.values(result),
    names,
    form: (outputs) => Object.fromEntries(names.map((name, i) => [name, outputs[i]!])),
  };
}
