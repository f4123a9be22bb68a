import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { compile, type Compiled } from "./compile.ts";
import type { TensorFlow } from "./load_package.ts";
import type { Outputs } from "./own_outputs.ts";

/**
 * Makes one pass through memory of ops that work element by element or along rows: XLA compiles
 * them.
 *
 * @param tf The engine.
 * @param fn A function as {@linkcode compile} takes it that creates no variables.
 */
export function fuse<I extends Tensor[], O extends Outputs<O>>(
  tf: TensorFlow,
  fn: (...inputs: I) => O,
): Compiled<I, O> {
  return compile(tf, fn, { createsVariables: false, xla: true });
}

/**
 * A function of an engine and tensors that is compiled as by {@linkcode fuse} when an engine is first given.
 *
 * @param fn A function as {@linkcode compile} takes it that creates no variables.
 */
export function fused<I extends Tensor[], O extends Outputs<O>>(
  fn: (tf: TensorFlow, ...inputs: I) => O,
): (tf: TensorFlow, ...inputs: I) => O {
  const byEngine = new WeakMap<TensorFlow, Compiled<I, O>>();
  return (tf, ...inputs) => {
    let compiled = byEngine.get(tf);
    if (!compiled) {
      compiled = fuse(tf, (...inputs: I) => fn(tf, ...inputs));
      byEngine.set(tf, compiled);
    }
    return compiled(...inputs);
  };
}
