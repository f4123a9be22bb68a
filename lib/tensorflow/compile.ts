import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type Precision, PRECISIONS } from "./graph_ops.ts";
import type { TensorFlow } from "./load_package.ts";
import { nodeBackend } from "./node_backend.ts";
import { RecentlyUsed } from "./recently_used.ts";
import { releaseMemory } from "./release_memory.ts";
import { reserveMemory } from "./reserve_memory.ts";
import type { TensorMetadata } from "./tensor_handles.ts";
import {
  checkMayTrace,
  forgetFunction,
  type Outputs,
  ownOutputs,
  type TracedFunction,
  traceFunction,
} from "./trace_function.ts";
import { countIteration, isUnchanged } from "./traced_optimizers.ts";

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
   * @throws {Error} if the function cannot be compiled, an input is disposed, or the engine's backend
   *   is not the one that tfjs uses; the message names the op or the reason.
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
 * outside are implicit inputs; of variables the values at the time of a call count. One compiled
 * function may call another. It has no gradient: taking one through it is an error; compile the
 * function that takes it.
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
  if (!PRECISIONS.includes(precision)) {
    throw new RangeError(
      `Cannot compile: expected a precision of ${PRECISIONS.join(" or ")}, got ${precision}`,
    );
  }
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot compile: expected a function, got ${typeof fn}`);
  }
  const untyped = fn as unknown as (...inputs: Tensor[]) => Outputs;
  const kept = new RecentlyUsed<TracedFunction>(cacheSize, (entry) => forgetFunction(tf, entry));
  const { binding } = nodeBackend(tf);
  const ran = new WeakSet<TracedFunction>();
  let isFirst = createsVariables;
  const traced = (inputs: I): TracedFunction => {
    checkInputs(tf, inputs);
    const ids = nodeBackend(tf).getInputTensorIds(inputs);
    // A function that does without machine code can call only such that do too.
    const options = { xla, precision, ...(!binding.allowsMachineCode && { machineCode: false }) };
    const types = ids.map((id) => binding.describe(id))
      .map(({ shape, dtype }) => `${dtype}[${shape}]`);
    const key = [binding.allowsMachineCode ? "any" : "plain", ...types].join();
    const make = () => {
      const made = traceFunction(tf, untyped, inputs, options);
      // In a training, whose tensors have many sizes, and after ops that ran one by one it is for nothing.
      const mayReserve = !createsVariables && !binding.isTracing && made.assigned.length === 0;
      if (mayReserve) reserveMemory(binding.context, made.name);
      return made;
    };
    return kept.get(key, make, ({ optimizers }) => optimizers.every(isUnchanged));
  };
  const runAsItIs = (inputs: I): O => {
    checkMayTrace(tf);
    checkInputs(tf, inputs);
    const { outputs, form } = ownOutputs(tf, () => untyped(...inputs));
    isFirst = false;
    try {
      const { captured } = traced(inputs);
      return form(withoutGradient(tf, outputs, [...inputs, ...captured])) as O;
    } catch (error) {
      tf.dispose(outputs);
      throw error;
    }
  };
  const call = (...inputs: I): O => {
    if (isFirst && !binding.isTracing) return runAsItIs(inputs);
    const entry = traced(inputs);
    const execute = (ids: number[]) =>
      binding.executeOp(entry.name, [], ids, entry.results + entry.assigned.length);
    return run(tf, entry, inputs, execute) as O;
  };
  const start = (...inputs: I): Started<O> => {
    if (binding.isTracing) {
      throw new Error("Cannot start a call in a function that is being compiled; call it instead");
    }
    if (isFirst) return { outputs: runAsItIs(inputs), done: Promise.resolve() };
    const entry = traced(inputs);
    let done!: Promise<void>;
    const outputs = run(tf, entry, inputs, (ids) => {
      const assigned = nodeBackend(tf).getInputTensorIds(entry.assigned);
      const started = binding.enqueue(entry.name, ids, assigned);
      done = started.done;
      return started.outputs;
    });
    // What is reserved for a function that assigns nothing would be given back, too.
    if (entry.assigned.length > 0 && !ran.has(entry)) done.then(releaseMemory, () => {});
    ran.add(entry);
    return { outputs: outputs as O, done };
  };
  return Object.assign(call, { start, dispose: () => kept.clear() });
}

function checkInputs(tf: TensorFlow, inputs: unknown[]): void {
  inputs.forEach((input, i) => {
    const what = `its input ${i + 1}`;
    if (!(input instanceof tf.Tensor)) {
      throw new TypeError(
        `Cannot call a compiled function: expected a tensor as ${what}, got ${
          input === null ? input : typeof input
        }`,
      );
    }
    if (input.isDisposed) {
      throw new Error(`Cannot call a compiled function: ${what} is disposed`);
    }
  });
}

/**
 * Calls a traced function.
 *
 * @param execute Calls it with the ids of its inputs.
 */
function run(
  tf: TensorFlow,
  { captured, assigned, optimizers, form, results }: TracedFunction,
  inputs: Tensor[],
  execute: (ids: number[]) => TensorMetadata[],
): Outputs {
  const backend = nodeBackend(tf);
  const ids = backend.getInputTensorIds([...inputs, ...captured]);
  const outputs = execute(ids).map((metadata) => backend.createOutputTensor(metadata));
  assigned.forEach((variable, i) => {
    const value = outputs[results + i]!;
    variable.assign(value);
    value.dispose();
  });
  optimizers.forEach(countIteration);
  return form(withoutGradient(tf, outputs.slice(0, results), [...inputs, ...captured]));
}

/** Where a gradient is being taken, has it fail if it leads through a compiled function's outputs. */
function withoutGradient(tf: TensorFlow, outputs: Tensor[], inputs: Tensor[]): Tensor[] {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  const isTaped = gradientDepth > 0 && kernelDepth === 0;
  if (!isTaped) return outputs;
  const refuse = () => {
    throw new Error(
      "Cannot take a gradient through a compiled function; compile the function that takes it",
    );
  };
  return outputs.map((output) => {
    const sealed = tf.customGrad(() => ({ value: output.clone(), gradFunc: refuse }))(...inputs);
    output.dispose();
    return sealed;
  });
}
