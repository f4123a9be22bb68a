import type { Tensor, Variable } from "@tensorflow/tfjs-node-gpu";
import { unregister } from "./graph.ts";
import type { GraphOpsOptions } from "./graph_ops.ts";
import { GraphTrace, STAND_INS, type StandIn } from "./graph_trace.ts";
import type { TensorFlow } from "./load_package.ts";
import { type DataId, type NodeBackend, nodeBackend, registeredVariables } from "./node_backend.ts";
import { rawOp } from "./raw_op.ts";
import type { TracedOptimizer } from "./traced_optimizers.ts";

/** What a compiled function may return: a tensor, or an array or an object of tensors. */
export type Outputs<O = Record<string, Tensor>> = Tensor | Tensor[] | { [K in keyof O]: Tensor };

/** A function of tensors that was registered in TensorFlow for some input shapes. */
export interface TracedFunction {
  /** Its name in TensorFlow. */
  name: string;
  /** What it takes after its inputs: variables, whose current values count, and other tensors. */
  captured: Tensor[];
  /** The variables that it assigns; their new values are its last outputs. */
  assigned: Variable[];
  /** The optimizers of tfjs that make a step in it. */
  optimizers: readonly TracedOptimizer[];
  /** How many outputs it has before those. */
  results: number;
  /** Puts its first outputs into the form that the function returns. */
  form: (outputs: Tensor[]) => Outputs;
}

/** One trace of a function. */
interface Trace extends Pick<GraphTrace, "steps" | "takers" | "usedShape"> {
  traced: TracedFunction;
}

const SHOWN_CHARACTERS = 60;

let functions = 0;

/**
 * Traces a function without running it: its ops are taken down in a graph, of which TensorFlow makes
 * a function. Variables keep their values.
 *
 * @param tf The engine.
 * @param fn The function.
 * @param inputs Tensors whose shapes and data types it is traced for.
 * @throws {Error} where {@linkcode checkMayTrace} does, and if it reads the values of tensors, goes by
 *   sizes that depend on values, creates variables, draws random numbers on the host, or does
 *   something else each time.
 */
export function traceFunction(
  tf: TensorFlow,
  fn: (...inputs: Tensor[]) => Outputs,
  inputs: Tensor[],
  options: GraphOpsOptions,
): TracedFunction {
  checkMayTrace(tf);
  const name = `compiled_${functions++}`;
  const [standIn, another] = STAND_INS;
  const first = traceOnce(tf, fn, inputs, { standIn, ...options });
  release(first.traced.captured);
  const { takers } = first;
  const second = traceOnce(tf, fn, inputs, { name, takers, standIn: another, ...options });
  const differing = firstDifference(first.steps, second.steps);
  if (differing !== undefined) {
    forgetFunction(tf, second.traced);
    const { usedShape } = second;
    throw new Error(
      `Cannot compile: two traces of the function differ in ${differing}: ` +
        `${usedShape ? `${usedShape}, or ` : ""}it draws random numbers, reads a clock or counts ` +
        "on the host; pass what changes as an input",
    );
  }
  return second.traced;
}

/** The beginning of the first text that only one of two lists has where it stands. */
function firstDifference(left: readonly string[], right: readonly string[]): string | undefined {
  const [longer, shorter] = left.length > right.length ? [left, right] : [right, left];
  return longer.find((text, i) => text !== shorter[i])?.slice(0, SHOWN_CHARACTERS);
}

/** The error for a variable that a function makes while it is traced. */
export function newVariableError(): Error {
  return new Error("Cannot compile: the function creates variables; create them before");
}

/** Frees a traced function. */
export function forgetFunction(tf: TensorFlow, { name, captured }: TracedFunction): void {
  const { binding } = nodeBackend(tf);
  binding.settle();
  unregister(binding.context, name);
  release(captured);
}

/** Disposes captured tensors; variables are not ours. */
function release(captured: Iterable<Tensor>): void {
  for (const tensor of captured) {
    const isVariable = (tensor as Partial<Variable>).assign !== undefined;
    if (!isVariable) tensor.dispose();
  }
}

/**
 * Checks that functions can be traced at all.
 *
 * @throws {Error} in tfjs's debug mode, or on another backend than the engine's.
 */
export function checkMayTrace(tf: TensorFlow): void {
  nodeBackend(tf);
  if (!tf.env().getBool("DEBUG")) return;
  throw new Error(
    "Cannot compile in tfjs's debug mode, which reads each result; leave it with " +
      'tf.env().set("DEBUG", false)',
  );
}

/** Traces a function and registers it under a name, if there is one. */
function traceOnce(
  tf: TensorFlow,
  fn: (...inputs: Tensor[]) => Outputs,
  inputs: Tensor[],
  { name, ...options }: GraphOpsOptions & {
    name?: string;
    takers?: GraphTrace["takers"];
    standIn: StandIn;
  },
): Trace {
  const backend = nodeBackend(tf);
  const { binding } = backend;
  const inputIds = backend.getInputTensorIds(inputs);
  const variables = registeredVariables(tf);
  unshare(tf, variables);
  // Clones share the data: with them the variables' values outlive what the function assigns.
  const values = variables.map((variable) => tf.keep(variable.clone()));
  const isTaped = () => tf.engine().state.gradientDepth > 0;
  using trace = new GraphTrace(binding.context, (id) => binding.describe(id), {
    ...options,
    isTaped,
  });
  using outside = new OutsideTensors(tf, variables);
  try {
    const symbols = inputIds.map((id) => trace.input(binding.describe(id)));
    const run = () => fn(...symbols.map((symbol) => backend.createOutputTensor(symbol)));
    const { outputs, names, form } = binding.withTrace(trace, () => ownOutputs(tf, run));
    const assigned = variables.filter((variable, i) => variable.dataId !== values[i]!.dataId);
    if (registeredVariables(tf).length !== variables.length) {
      tf.dispose(outputs);
      throw newVariableError();
    }
    const ends = binding.withTrace(
      trace,
      () => {
        const what = [
          ...names.map((name) => `the result ${name}`),
          ...assigned.map(({ name }) => `the new value of ${name}`),
        ];
        return backend.getInputTensorIds([...outputs, ...assigned])
          .map((id, i) => trace.resultOf(id, what[i]!));
      },
    );
    outputs.forEach((output) => output.dispose());
    if (name) {
      const taken = [...symbols.map(({ output }) => output), ...trace.capturedInputs];
      trace.register(name, { inputs: taken, outputs: ends }, options);
    }
    const captured = outside.withIds(trace.captured);
    const { steps, takers, usedShape, optimizers } = trace;
    const ofGraph = { name: name ?? "", captured, assigned, optimizers };
    const traced = { ...ofGraph, results: outputs.length, form };
    return { traced, steps, takers, usedShape };
  } catch (error) {
    throw trace.explain(error);
  } finally {
    variables.forEach((variable, i) => {
      if (variable.dataId !== values[i]!.dataId) variable.assign(values[i]!);
      values[i]!.dispose();
    });
  }
}

/** Gives variables with the same data data of their own, so that a trace can tell them apart. */
function unshare(tf: TensorFlow, variables: Variable[]): void {
  const seen = new Set<DataId>();
  for (const variable of variables) {
    if (seen.has(variable.dataId)) {
      const [copy] = rawOp(tf, { name: "Identity", inputs: [variable] });
      variable.assign(copy!);
      copy!.dispose();
    }
    seen.add(variable.dataId);
  }
}

/**
 * Finds the tensors that a function takes from outside while it is traced. As long as this lives,
 * the backend's ways from tensors to ids lead through here.
 */
class OutsideTensors implements Disposable {
  readonly #backend: NodeBackend;
  readonly #before: Pick<NodeBackend, "getInputTensorIds" | "move">;
  readonly #inside = new WeakSet<DataId>();
  readonly #captured = new Map<number, Tensor>();

  constructor(tf: TensorFlow, variables: Variable[]) {
    const byData = new Map(variables.map((variable) => [variable.dataId, variable]));
    const backend = nodeBackend(tf);
    const { getInputTensorIds, move } = backend;
    this.#backend = backend;
    // Those of a trace around this one, or the backend's own.
    this.#before = { getInputTensorIds, move };
    backend.move = (dataId, ...rest) => {
      this.#inside.add(dataId);
      move.call(backend, dataId, ...rest);
    };
    backend.getInputTensorIds = (tensors) =>
      tensors.map((tensor) => {
        const waits = tensor.dataId && backend.tensorMap.get(tensor.dataId).values !== null;
        const isOutside = waits && !this.#inside.has(tensor.dataId);
        const ids = () => getInputTensorIds.call(backend, [tensor]) as number[];
        // Values from before the trace are a real tensor's, though it gets its id only now.
        const [id] = isOutside ? backend.binding.withTrace(undefined, ids) : ids();
        if (id! >= 0 && !this.#captured.has(id!)) {
          // A variable's data is another one once the function has assigned it.
          this.#captured.set(id!, byData.get(tensor.dataId) ?? tf.keep(tensor.clone()));
        }
        return id!;
      });
  }

  /**
   * The variables with some ids, or clones of the other tensors with them, which the caller disposes.
   */
  withIds(ids: number[]): Tensor[] {
    return ids.map((id) => {
      const tensor = this.#captured.get(id)!;
      this.#captured.delete(id);
      return tensor;
    });
  }

  [Symbol.dispose](): void {
    Object.assign(this.#backend, this.#before);
    // What is left was not taken, because the trace failed.
    release(this.#captured.values());
  }
}

/** What a function gave, one tensor after the other. */
interface OwnOutputs {
  /** Tensors of the caller's own. */
  outputs: Tensor[];
  /** Their names, or numbers from 0 up. */
  names: string[];
  /** Puts as many tensors into the form that the function returned. */
  form: TracedFunction["form"];
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
