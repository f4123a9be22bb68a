import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { compile, type Compiled } from "./compile.ts";
import type { TensorFlow } from "./load_package.ts";
import type { Outputs } from "./trace_function.ts";

/**
 * Makes one pass through memory of ops that work element by element or along rows: XLA compiles
 * them.
 *
 * @param tf The engine.
 * @param fn A function as {@linkcode compile} takes it that creates no variables.
 */
export function fuse<I extends Tensor[], O extends Outputs>(
  tf: TensorFlow,
  fn: (...inputs: I) => O,
): Compiled<I, O> {
  return compile(tf, fn, { createsVariables: false, xla: true });
}
