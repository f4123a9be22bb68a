import type { Tensor, Variable } from "@tensorflow/tfjs-node-gpu";
import { unregister } from "./graph.ts";
import type { GraphOpsOptions } from "./graph_ops.ts";
import { GraphTrace, STAND_INS, type StandIn } from "./graph_trace.ts";
import type { TensorFlow } from "./load_package.ts";
import { type DataId, nodeBackend, registeredVariables } from "./node_backend.ts";
import { OutsideTensors, releaseCaptured } from "./outside_tensors.ts";
import { type Outputs, type OwnOutputs, ownOutputs } from "./own_outputs.ts";
import { rawOp } from "./raw_op.ts";
import { type TracedOptimizer, withoutCounting } from "./traced_optimizers.ts";

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
  form: OwnOutputs["form"];
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
  unshare(tf, registeredVariables(tf));
  const name = `compiled_${functions++}`;
  const [standIn, another] = STAND_INS;
  const [first, second] = withoutCounting(() => {
    const first = traceOnce(tf, fn, inputs, { standIn, ...options });
    releaseCaptured(first.traced.captured);
    const { takers } = first;
    return [first, traceOnce(tf, fn, inputs, { name, takers, standIn: another, ...options })];
  });
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

/** The beginning of the first step that only one of two traces has where it stands. */
function firstDifference(left: readonly string[], right: readonly string[]): string | undefined {
  const [longer, shorter] = left.length > right.length ? [left, right] : [right, left];
  const index = longer.findIndex((step, i) => step !== shorter[i]);
  if (index < 0) return undefined;
  const step = longer[index]!, [constant] = /^a constant \(\d+\)/.exec(step) ?? [];
  // A constant says little without the op that takes it.
  const taker = constant && longer.slice(index + 1).find((later) => later.includes(constant));
  const [, op] = /^an op, (\S+)/.exec(taker ?? "") ?? [];
  return `${step.slice(0, SHOWN_CHARACTERS)}${op ? `, which ${op} takes` : ""}`;
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
  releaseCaptured(captured);
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
  // Clones share the data: with them the variables' values outlive what the function assigns.
  const values = variables.map((variable) => tf.keep(variable.clone()));
  const isTaped = () => tf.engine().state.gradientDepth > 0;
  const around = binding.trace;
  const describeOutside = (id: number) =>
    binding.withTrace(outside.has(id) ? around : binding.trace, () => binding.describe(id));
  using trace = new GraphTrace(binding.context, describeOutside, {
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

/** Gives variables data of their own, so that a trace can tell them from all other tensors. */
function unshare(tf: TensorFlow, variables: Variable[]): void {
  const backend = nodeBackend(tf), { isTracing } = backend.binding;
  const seen = new Set<DataId>();
  // Values that wait on the host would be read without a word.
  if (!isTracing) backend.getInputTensorIds(variables);
  for (const variable of variables) {
    // A trace around this one has done it, and has clones of them.
    const isShared = isTracing ? seen.has(variable.dataId) : backend.refCount(variable.dataId) > 1;
    if (isShared) {
      const [copy] = rawOp(tf, { name: "Identity", inputs: [variable] });
      variable.assign(copy!);
      copy!.dispose();
    }
    seen.add(variable.dataId);
  }
}
