import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { requireOneOf } from "../system/mod.ts";
import { CompiledFunction } from "./compiled_function.ts";
import { type Precision, PRECISIONS } from "./graph_ops.ts";
import type { TensorFlow } from "./load_package.ts";
import type { Outputs } from "./own_outputs.ts";

/** Options of {@linkcode compile}. */
export interface CompileOptions {
  /**
   * For how many different shapes and data types of the inputs the function is kept compiled, 1 and
   * up; beyond that the ones that were used longest ago are compiled anew when they come again.
   *
   * @default {8}
   */
  cacheSize?: number;
  /**
   * Whether the function creates variables when it is called first, as tfjs's own optimizers do. It
   * is then run as it is once.
   *
   * @default {true}
   */
  createsVariables?: boolean;
  /**
   * Whether XLA compiles the function, which must have only ops that XLA knows: it makes one loop of
   * ops that each go through memory. Where convolutions are it gains on a GPU and loses on a CPU.
   * The largest and the smallest of some numbers may then be told without a `NaN` among them.
   *
   * @default {false}
   */
  xla?: boolean;
  /**
   * The precision of convolutions. `"bf16"` computes them, and normalizing, choosing, moving and
   * adding up of what they give, in bfloat16 where that is faster, see `engineInfo()`; elsewhere it
   * is the same as `"fp32"`. Weights and their update, statistics, softmax and loss are float32.
   *
   * @default {"fp32"}
   */
  precision?: Precision;
}

/** A call under way. */
export interface Started<O extends Outputs<O>> {
  /** What it gives; the caller owns it. */
  outputs: O;
  /**
   * Resolves when it has ended; on a GPU when all that it does there is queued. If it fails whoever
   * asks for its outputs' values is told too, so that nobody need wait for this.
   *
   * @throws {TensorFlowError} if TensorFlow cannot run it.
   */
  done: Promise<void>;
}

/** A compiled function. */
export interface Compiled<I extends Tensor[], O extends Outputs<O>> {
  /**
   * Runs it; the caller owns what it gives.
   *
   * @throws {TypeError} if something else than tensors is given.
   * @throws {Error} if the function cannot be compiled, an input or a variable that it uses is
   *   disposed, or the engine's backend is not the one that tfjs uses; the message names the op or the
   *   reason.
   * @throws {TensorFlowError} if TensorFlow cannot run it; variables then keep their values, but for
   *   those that are changed in place.
   */
  (...inputs: I): O;
  /**
   * Starts it after the calls that were started before, and returns at once: timers, signals and
   * other work go on while it runs. What it gives and the variables that it assigns may be used at
   * once; whoever asks for their values before it has ended waits for it. If it fails variables have
   * the values that they had before it, but for those that are changed in place. Compiling is not put
   * off.
   *
   * @throws {Error} if the function cannot be compiled, or if another function is being compiled.
   */
  start(...inputs: I): Started<O>;
  /** Frees what was compiled; a later call compiles it anew. */
  dispose(): void;
}

/**
 * Compiles a function of tensors: its ops run as one TensorFlow function, which TensorFlow optimises
 * as a whole, instead of one by one. It means the same: a training step with gradients and updates,
 * or a forward pass. What the function assigns to variables they hold after each call. Results may be
 * rounded otherwise than those of single ops, since TensorFlow joins some. Ops whose results nothing
 * needs are left out; those that give nothing, such as one that writes a file, run each time.
 *
 * The first call runs the function as it is, since that is when optimizers create their variables.
 * It is then traced, and again for inputs of other shapes or data types. Tensors that it takes from
 * outside are implicit inputs; of variables the values at the time of a call count. A variable that is
 * given as an input is a tensor with the value from before the call, also once it is assigned. One
 * compiled function may call another. It has no gradient: taking one through it is an error; compile
 * the function that takes it.
 *
 * Optimizers of tfjs count its calls. When one gets another learning rate the function is traced anew,
 * which takes a while: where it changes from step to step, the `Optimizer` of this library takes it as an
 * input. Of other things than tensors, such as which variables are trainable, counts what they were when
 * the function was traced; `dispose()` has it traced anew.
 *
 * @param tf The engine.
 * @param fn Takes tensors and gives a tensor, an array or an object of tensors. It must not wait for
 *   anything nor read tensors' values, and numbers that change from call to call must be inputs of it.
 * @returns The compiled function. Its first call throws if `fn` cannot be compiled, because it reads
 *   values, draws random numbers on the host, or does something else each time; what it changed when
 *   it ran as it is stays changed. That it branches on a size that depends on values is found out
 *   only if two such sizes lead to different branches.
 * @throws {TypeError} if `fn` is no function.
 * @throws {RangeError} if `cacheSize` is no whole number of at least 1, or there is no such precision.
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
export function compile<I extends Tensor[], O extends Outputs<O>>(
  tf: TensorFlow,
  fn: (...inputs: I) => O,
  { cacheSize = 8, createsVariables = true, xla = false, precision = "fp32" }: CompileOptions = {},
): Compiled<I, O> {
  if (!Number.isInteger(cacheSize) || cacheSize < 1) {
    throw new RangeError(`Cannot compile: expected a cacheSize of at least 1, got ${cacheSize}`);
  }
  requireOneOf("compile", "a precision", { allowed: PRECISIONS, given: precision });
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot compile: expected a function, got ${typeof fn}`);
  }
  const compiled = new CompiledFunction(tf, fn, { cacheSize, createsVariables, xla, precision });
  return Object.assign((...inputs: I) => compiled.call(inputs), {
    start: (...inputs: I) => compiled.start(inputs),
    dispose: () => compiled.dispose(),
  });
}
