import { DataType } from "./data_type.ts";
import { CHANNELS, type CodeUse, FLOAT_BYTES, MOST_BYTES } from "./machine_code/mod.ts";
import { windowOf } from "./max_pooling.ts";
import { OpBuilder, type Shape4D } from "./op_builder.ts";
import { POOLING, POOLING_GRADIENT } from "./op_names.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";
import { PassedOps } from "./passed_ops.ts";

const TYPES: number[] = [DataType.FLOAT, DataType.BFLOAT16];

/** Adds ops to a graph, those of max pooling by machine code. */
export class MachinePooling<T> extends PassedOps<T> {
  readonly #code: CodeUse;

  constructor(runner: OpRunner<T>, { code }: { code: CodeUse }) {
    super(runner);
    this.#code = code;
  }

  operation(call: OpCall<T>): T[] {
    return machinePooling(this.runner, call, { code: this.#code }) ?? this.runner.operation(call);
  }
}

/**
 * Finds the largest numbers of windows of 2x2 of images that lie side by side, in float32 or bfloat16, or
 * the gradient of that, by machine code.
 *
 * @param runner Runs the ops.
 * @returns What the op gives: among equal numbers the first of a window has the gradient, as with
 *   TensorFlow's; a window with a `NaN` gives that, which TensorFlow's leaves out. `undefined` for another
 *   op, or where there is no code for it.
 */
export function machinePooling<T>(
  runner: OpRunner<T>,
  { name, inputs, attributes }: OpCall<T>,
  { code }: { code: CodeUse },
): T[] | undefined {
  if (name !== POOLING && name !== POOLING_GRADIENT) return undefined;
  const [images] = inputs as [T], shape = runner.shapeOf(images);
  const [batch, height, width, channels] = shape as Shape4D, type = runner.dtypeOf(images);
  const rows = batch * height / 2, columns = width / 2;
  // Of sizes that are known only when it runs the number is NaN.
  const fits = `${windowOf(attributes)}` === "2,2" && TYPES.includes(type) &&
    Number.isInteger(rows) && height % 2 === 0 && Number.isInteger(columns) &&
    channels % CHANNELS === 0 && 4 * rows * columns * channels > 0 &&
    4 * rows * columns * channels * FLOAT_BYTES < MOST_BYTES;
  if (!fits) return undefined;
  const isGradient = name === POOLING_GRADIENT;
  const sizes = isGradient ? shape : [batch, height / 2, columns, channels];
  const build = new OpBuilder(runner), result = build.empty(sizes, inputs.slice(-1), type);
  const work = isGradient ? "gradient" : "largest";
  const rounded = type === DataType.BFLOAT16;
  const { addresses } = code.pooling(work, { rows, columns, channels, rounded });
  return [build.written(addresses.map((task) => build.machineCode(task, inputs, result)))];
}
