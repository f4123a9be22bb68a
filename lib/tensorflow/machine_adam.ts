import { AttributeType, DataType } from "./data_type.ts";
import { attributeValue } from "./op_attributes.ts";
import { type CodeUse, FLOAT_BYTES, MOST_BYTES } from "./machine_code/mod.ts";
import { OpBuilder } from "./op_builder.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";

/**
 * An op that TensorFlow does not have, of a gradient, the learning rate and the correction of the second
 * moment `[2]`, values, all float32, and the handles of the variables with their two moments: the new
 * values. The moments are changed where they lie.
 */
export const ADAM = "DenoscapesAdam";

/** Whether there is machine code for values of a shape. */
export function hasAdamCode(shape: number[]): boolean {
  const size = shape.reduce((product, count) => product * count, 1);
  return size > 0 && size * FLOAT_BYTES < MOST_BYTES;
}

/**
 * Runs {@linkcode ADAM}.
 *
 * @returns What it gives; `undefined` where the call is of another op.
 */
export function machineAdam<T>(
  runner: OpRunner<T>,
  { name, inputs, attributes }: OpCall<T>,
  { code }: { code: CodeUse },
): T[] | undefined {
  if (name !== ADAM) return undefined;
  const [gradient, factors, value, ...handles] = inputs as [T, T, T, T, T];
  const build = new OpBuilder(runner), shape = runner.shapeOf(value);
  const option = (name: string) => attributeValue(attributes, name) as number;
  const { addresses } = code.adam(shape.reduce((product, count) => product * count, 1), {
    beta1: option("beta1"),
    beta2: option("beta2"),
    epsilon: option("epsilon"),
  });
  const result = build.empty(shape, [gradient]);
  const dtype = [{ name: "dtype", type: AttributeType.TYPE, value: DataType.FLOAT }];
  const moments = handles.map((handle) => build.op("ReadVariableOp", [handle], dtype));
  const taken = [gradient, factors, value, ...moments];
  const written = build.written(addresses.map((task) => build.machineCode(task, taken, result)));
  // A use of the variables when they are changed, for which whoever uses them next waits.
  for (const handle of handles) build.op("VarIsInitializedOp", [handle], [], [written]);
  return [written];
}
