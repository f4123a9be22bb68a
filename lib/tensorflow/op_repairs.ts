import { DataType } from "./data_type.ts";
import type { EagerContext } from "./eager_context.ts";
import type { OpCall } from "./execute_op.ts";

/** An op's name and what it is run with. */
export interface NamedOpCall extends OpCall {
  name: string;
}

/** Gives an equivalent call instead of one that TensorFlow fails at, else the same call. */
type Repair = (context: EagerContext, call: NamedOpCall) => NamedOpCall;

const REPAIRS: Record<string, Repair> = { Round: roundIntegers, ConcatV2: concatScalars };

/**
 * Replaces a call that a current TensorFlow does not answer as tfjs-node-gpu, which was written for
 * an older one, expects.
 *
 * @returns The call to run: mostly the one that is asked for.
 */
export function repairedCall(context: EagerContext, call: NamedOpCall): NamedOpCall {
  return Object.hasOwn(REPAIRS, call.name) ? REPAIRS[call.name]!(context, call) : call;
}

/** TensorFlow 2.21's CPU kernel of `Round` gives zeros for integers. */
function roundIntegers(_: EagerContext, call: NamedOpCall): NamedOpCall {
  const type = call.attributes.find(({ name }) => name === "T")?.value;
  const integers = type === DataType.INT32 || type === DataType.INT64;
  return integers ? { ...call, name: "Identity" } : call;
}

/**
 * TensorFlow no longer concatenates scalars, which the package does for TensorBoard's histograms of
 * equal values, such as biases at the start of a training; it stacks them.
 */
function concatScalars({ api, status }: EagerContext, call: NamedOpCall): NamedOpCall {
  const { inputs, attributes } = call;
  const [first] = inputs;
  if (!first || api.TFE_TensorHandleNumDims(first, status) !== 0) return call;
  return {
    ...call,
    name: "Pack",
    inputs: inputs.slice(0, -1), // without the axis
    attributes: attributes.filter(({ name }) => name !== "Tidx"),
  };
}
