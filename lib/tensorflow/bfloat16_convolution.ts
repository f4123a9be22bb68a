import { AttributeType, DataType } from "./data_type.ts";
import type { NamedOpCall } from "./op_repairs.ts";
import type { OpRunner } from "./op_runner.ts";

/** Which inputs of a convolution are its numbers; the others are sizes. */
const NUMBERS: Record<string, number[]> = {
  Conv2D: [0, 1],
  Conv2DBackpropInput: [1, 2],
  Conv2DBackpropFilter: [0, 2],
};

/**
 * A convolution whose factors are rounded to bfloat16 and whose result is taken back to float32.
 * Everything else, weights, statistics, softmax and loss among it, stays float32.
 *
 * @param runner Runs the ops.
 * @param call The convolution, or any other op.
 * @returns The result; `undefined` for another op or data type.
 */
export function bfloat16Convolution<T>(runner: OpRunner<T>, call: NamedOpCall<T>): T | undefined {
  const { name, inputs, attributes } = call;
  const numbers = NUMBERS[name];
  if (!numbers || runner.dtypeOf(inputs[numbers[0]!]!) !== DataType.FLOAT) return undefined;
  const cast = (tensor: T, from: number, to: number) =>
    runner.op("Cast", [tensor], [
      { name: "SrcT", type: AttributeType.TYPE, value: from },
      { name: "DstT", type: AttributeType.TYPE, value: to },
    ]);
  const rounded = inputs.map((input, i) =>
    numbers.includes(i) ? cast(input, DataType.FLOAT, DataType.BFLOAT16) : input
  );
  const typed = attributes.map((attribute) =>
    attribute.name === "T" ? { ...attribute, value: DataType.BFLOAT16 } : attribute
  );
  return cast(runner.op(name, rounded, typed), DataType.BFLOAT16, DataType.FLOAT);
}
