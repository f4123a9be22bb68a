import type { Tensor, Variable } from "@tensorflow/tfjs-node-gpu";
import type { Binding } from "./binding.ts";
import type { CompileOptions, Started } from "./compile.ts";
import type { TensorFlow } from "./load_package.ts";
import { type NodeBackend, nodeBackend } from "./node_backend.ts";
import { type Outputs, ownOutputs } from "./own_outputs.ts";
import { isVariable } from "./outside_tensors.ts";
import { RecentlyUsed } from "./recently_used.ts";
import { releaseMemory } from "./release_memory.ts";
import { reserveMemory } from "./reserve_memory.ts";
import type { TensorMetadata } from "./tensor_handles.ts";
import {
  checkMayTrace,
  forgetFunction,
  type TracedFunction,
  traceFunction,
} from "./trace_function.ts";
import { countIteration, isUnchanged } from "./traced_optimizers.ts";

/** What `compile()` makes of a function: its traces for different inputs, and how they are called. */
export class CompiledFunction<I extends Tensor[], O extends Outputs<O>> {
  readonly #tf: TensorFlow;
  readonly #binding: Binding;
  readonly #fn: (...inputs: Tensor[]) => Outputs;
  readonly #options: Required<CompileOptions>;
  readonly #traced: RecentlyUsed<TracedFunction>;
  /** Those that were started before. */
  readonly #ran = new WeakSet<TracedFunction>();
  /** Whether the next call runs the function as it is, so that it creates its variables. */
  #isFirst: boolean;

  /** @throws {Error} if the engine's backend is not the one that tfjs uses. */
  constructor(tf: TensorFlow, fn: (...inputs: I) => O, options: Required<CompileOptions>) {
    this.#tf = tf;
    this.#binding = nodeBackend(tf).binding;
    this.#fn = fn as unknown as (...inputs: Tensor[]) => Outputs;
    this.#options = options;
    this.#traced = new RecentlyUsed(options.cacheSize, (traced) => forgetFunction(tf, traced));
    this.#isFirst = options.createsVariables;
  }

  /** Runs it. */
  call(inputs: I): O {
    const binding = this.#binding;
    if (this.#isFirst && !binding.isTracing) return this.#runAsItIs(inputs);
    const traced = this.#trace(inputs);
    const { name, results, assigned } = traced;
    return this.#run(
      traced,
      inputs,
      (ids) => binding.executeOp(name, [], ids, results + assigned.length),
    );
  }

  /** Starts it after the calls that were started before. */
  start(inputs: I): Started<O> {
    const binding = this.#binding;
    if (binding.isTracing) {
      throw new Error("Cannot start a call in a function that is being compiled; call it instead");
    }
    if (this.#isFirst) return { outputs: this.#runAsItIs(inputs), done: Promise.resolve() };
    const traced = this.#trace(inputs);
    let done!: Promise<void>;
    const outputs = this.#run(traced, inputs, (ids) => {
      const assigned = this.#backend.getInputTensorIds(traced.assigned);
      const started = binding.enqueue(traced.name, ids, assigned);
      done = started.done;
      return started.outputs;
    });
    // What is reserved for a function that assigns nothing would be given back, too.
    const isFirstTime = traced.assigned.length > 0 && !this.#ran.has(traced);
    if (isFirstTime) done.then(releaseMemory, () => {});
    this.#ran.add(traced);
    return { outputs, done };
  }

  /** Frees what was compiled. */
  dispose(): void {
    this.#traced.clear();
    this.#isFirst = this.#options.createsVariables;
  }

  get #backend(): NodeBackend {
    return nodeBackend(this.#tf);
  }

  #runAsItIs(inputs: I): O {
    checkMayTrace(this.#tf);
    checkInputs(this.#tf, inputs);
    // As in a trace, a variable that is given is its value.
    const values = () => inputs.map((input) => isVariable(input) ? input.clone() : input);
    const { outputs, form } = ownOutputs(this.#tf, () => this.#fn(...values()));
    this.#isFirst = false;
    try {
      const { captured } = this.#trace(inputs);
      return form(withoutGradient(this.#tf, outputs, [...inputs, ...captured])) as O;
    } catch (error) {
      this.#tf.dispose(outputs);
      throw error;
    }
  }

  /** The function as it was traced for such inputs, or is now. */
  #trace(inputs: I): TracedFunction {
    checkInputs(this.#tf, inputs);
    const binding = this.#binding, { createsVariables, xla, precision } = this.#options;
    const types = this.#backend.getInputTensorIds(inputs)
      .map((id) => binding.describe(id))
      .map(({ shape, dtype }) => `${dtype}[${shape}]`);
    // A function that does without machine code can call only such that do too.
    const means = binding.allowsMachineCode ? {} : { machineCode: false };
    const make = () => {
      const made = traceFunction(this.#tf, this.#fn, inputs, { xla, precision, ...means });
      // In a training, whose tensors have many sizes, and after ops that ran one by one it is for nothing.
      const mayReserve = !createsVariables && !binding.isTracing && made.assigned.length === 0;
      if (mayReserve) reserveMemory(binding.context, made.name);
      return made;
    };
    const key = JSON.stringify([means, types]);
    return this.#traced.get(key, make, ({ optimizers }) => optimizers.every(isUnchanged));
  }

  /** @param execute Calls a traced function with the ids of its inputs. */
  #run(
    { captured, assigned, optimizers, form, results }: TracedFunction,
    inputs: Tensor[],
    execute: (ids: number[]) => TensorMetadata[],
  ): O {
    const backend = this.#backend, taken = [...inputs, ...captured];
    checkVariables([...captured, ...assigned]);
    const outputs = execute(backend.getInputTensorIds(taken))
      .map((metadata) => backend.createOutputTensor(metadata));
    assigned.forEach((variable, i) => {
      const value = outputs[results + i]!;
      variable.assign(value);
      value.dispose();
    });
    optimizers.forEach(countIteration);
    return form(withoutGradient(this.#tf, outputs.slice(0, results), taken)) as O;
  }
}

/** Checks that a function is called with tensors that are there. */
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

/** Checks that the variables among some tensors, which a function takes or assigns, are there. */
function checkVariables(tensors: Tensor[]): void {
  const disposed = tensors.find(({ isDisposed }) => isDisposed) as Variable | undefined;
  if (!disposed) return;
  throw new Error(
    `Cannot call a compiled function: the variable ${disposed.name}, which it uses, is disposed`,
  );
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
