import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { Compiled, Outputs, Started } from "../tensorflow/mod.ts";

/** Starts a call and lets go of its inputs, also where it cannot be started. */
export function startAndDispose<I extends Tensor[], O extends Outputs<O>>(
  compiled: Compiled<I, O>,
  ...inputs: I
): Started<O> {
  try {
    return compiled.start(...inputs);
  } finally {
    inputs.forEach((input) => input.dispose());
  }
}
