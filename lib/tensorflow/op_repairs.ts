import { DataType } from "./data_type.ts";
import { attributeValue, type OpAttribute } from "./op_attributes.ts";
import type { OpCall } from "./op_runner.ts";

/**
 * Replaces a call that a current TensorFlow does not answer as tfjs-node-gpu, which was written for
 * an older one, expects.
 *
 * @param call The call that is asked for.
 * @param of.rankOf Tells the rank of an input.
 * @param of.dtypeOf Tells the data type of an input.
 * @returns The call to run: mostly the same.
 */
export function repairedCall<T>(
  call: OpCall<T>,
  { rankOf, dtypeOf }: { rankOf: (input: T) => number; dtypeOf: (input: T) => number },
): OpCall<T> {
  if (call.name === "Round") return roundIntegers(call);
  if (call.name === "ConcatV2" && rankOf(call.inputs[0]!) === 0) return stackScalars(call);
  if (call.name === "Mean") return withType(call, dtypeOf(call.inputs[0]!));
  return call;
}

/**
 * The package tells `Mean` the data type that its input had before it was cast to float32, which only
 * ops that run by themselves forgive.
 */
function withType<T>(call: OpCall<T>, type: number): OpCall<T> {
  const attributes = call.attributes.map((attribute) =>
    attribute.name === "T" ? { ...attribute, value: type } as OpAttribute : attribute
  );
  return { ...call, attributes };
}

/** TensorFlow 2.21's CPU kernel of `Round` gives zeros for integers. */
function roundIntegers<T>(call: OpCall<T>): OpCall<T> {
  const type = attributeValue(call.attributes, "T");
  const integers = type === DataType.INT32 || type === DataType.INT64;
  return integers ? { ...call, name: "Identity" } : call;
}

/**
 * TensorFlow no longer concatenates scalars, which the package does for TensorBoard's histograms of
 * equal values, such as biases at the start of a training; it stacks them.
 */
function stackScalars<T>(call: OpCall<T>): OpCall<T> {
  return {
    ...call,
    name: "Pack",
    inputs: call.inputs.slice(0, -1), // without the axis
    attributes: call.attributes.filter(({ name }) => name !== "Tidx"),
  };
}
