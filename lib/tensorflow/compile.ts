import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "./load_package.ts";
import { nodeBackend } from "./node_backend.ts";
import {
  forgetFunction,
  type Outputs,
  type TracedFunction,
  traceFunction,
} from "./trace_function.ts";

/** Options of {@linkcode compile}. */
export interface CompileOptions {
  /**
   * For how many different shapes and data types of the inputs the function is kept compiled.
   *
   * @default {8}
   */
  cacheSize?: number;
  /**
   * Whether XLA compiles the function: it makes one loop of ops that each go through memory, and
   * loses where convolutions are.
   *
   * @default {false}
   */
  xla?: boolean;
}

/** A compiled function. */
export interface Compiled<I extends Tensor[], O extends Outputs> {
  /** Runs it; the caller owns what it gives. */
  (...inputs: I): O;
  /** Frees what was compiled. */
  dispose(): void;
}

/**
 * Compiles a function of tensors: its ops run as one TensorFlow function, which TensorFlow optimises
 * as a whole, instead of one by one. It means the same: a training step with gradients and updates,
 * or a forward pass. What the function assigns to variables they hold after each call.
 *
 * The first call runs the function as it is, since that is when layers and optimizers create their
 * variables. It is then traced, and again for inputs of other shapes or data types. Tensors that it
 * takes from outside are implicit inputs; of variables the values at the time of a call count. One
 * compiled function may call another, which must then live as long.
 *
 * @param tf The engine.
 * @param fn Takes tensors and gives a tensor, an array or an object of tensors. It must not read
 *   tensors' values, and numbers that change from call to call must be inputs of it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compile } from "./compile.ts";
 * import { engine } from "./engine.ts";
 *
 * const tf = await engine();
 * const count = tf.variable(tf.scalar(0));
 * const add = compile(tf, (x) => {
 *   count.assign(count.add(x));
 *   return count.square();
 * });
 * const results = [1, 2, 3].map((x) => add(tf.scalar(x)).dataSync()[0]);
 * assertEquals(results, [1, 9, 36]);
 * assertEquals(count.dataSync()[0], 6);
 * add.dispose();
 * ```
 */
export function compile<I extends Tensor[], O extends Outputs>(
  tf: TensorFlow,
  fn: (...inputs: I) => O,
  { cacheSize = 8, xla = false }: CompileOptions = {},
): Compiled<I, O> {
  const untyped = fn as unknown as (...inputs: Tensor[]) => Outputs;
  const cache = new Map<string, TracedFunction>();
  let isFirst = true;
  const traced = (inputs: I): TracedFunction => {
    const key = inputs.map(({ shape, dtype }) => `${dtype}[${shape}]`).join();
    const found = cache.get(key) ?? traceFunction(tf, untyped, inputs, { xla });
    // Set anew, so that the one used longest ago is the first.
    cache.delete(key);
    cache.set(key, found);
    if (cache.size > cacheSize) {
      const [oldest] = cache.keys();
      forgetFunction(tf, cache.get(oldest!)!);
      cache.delete(oldest!);
    }
    return found;
  };
  const call = (...inputs: I): O => {
    if (!isFirst || nodeBackend(tf).binding.isTracing) return run(tf, traced(inputs), inputs) as O;
    const outputs = tf.tidy(() => fn(...inputs));
    traced(inputs);
    isFirst = false;
    return outputs;
  };
  const dispose = () => {
    cache.forEach((entry) => forgetFunction(tf, entry));
    cache.clear();
  };
  return Object.assign(call, { dispose });
}

function run(tf: TensorFlow, traced: TracedFunction, inputs: Tensor[]): Outputs {
  const { name, captured, assigned, form, results } = traced;
  const backend = nodeBackend(tf);
  const ids = backend.getInputTensorIds([...inputs, ...captured]);
  const outputs = backend.binding.executeOp(name, [], ids, results + assigned.length)
    .map((metadata) => backend.createOutputTensor(metadata));
  assigned.forEach((variable, i) => {
    const value = outputs[results + i]!;
    variable.assign(value);
    value.dispose();
  });
  return form(outputs.slice(0, results));
}
