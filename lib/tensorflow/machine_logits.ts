import { AttributeType, DataType } from "./data_type.ts";
import { type CodeUse, FLOAT_BYTES, MOST_BYTES, MOST_CLASSES } from "./machine_code/mod.ts";
import { OpBuilder } from "./op_builder.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";

/**
 * An op that TensorFlow does not have, of logits `[N, K]`, labels `[N]` in int32 and weights `[N]`: the
 * weighted cross-entropy of each row, `[N]`, and the gradient of their sum, `[N, K]`. Where a label is none
 * of 0..K-1 the weight must be 0.
 */
export const CROSS_ENTROPY = "DenoscapesCrossEntropy";
/** Another one, of logits `[..., K]`: the class with the largest, the first of several, in uint8. */
export const LARGEST_CLASS = "DenoscapesLargestClass";

/** Whether there is machine code for logits of a shape; there is none where a size is not known. */
export function hasLogitsCode(shape: number[]): boolean {
  const { rows, classes } = rowsOf(shape);
  return rows > 0 && classes > 0 && classes <= MOST_CLASSES &&
    rows * classes * FLOAT_BYTES < MOST_BYTES;
}

function rowsOf(shape: number[]): { rows: number; classes: number } {
  return {
    rows: shape.slice(0, -1).reduce((product, size) => product * size, 1),
    classes: shape.at(-1)!,
  };
}

/**
 * Runs {@linkcode CROSS_ENTROPY} or {@linkcode LARGEST_CLASS}.
 *
 * @returns What the op gives; `undefined` where the call is of another one.
 */
export function machineLogits<T>(
  runner: OpRunner<T>,
  { name, inputs }: OpCall<T>,
  { code }: { code: CodeUse },
): T[] | undefined {
  if (name === CROSS_ENTROPY) return crossEntropy(runner, inputs, { code });
  if (name === LARGEST_CLASS) return [largestClass(runner, inputs, { code })];
  return undefined;
}

function crossEntropy<T>(runner: OpRunner<T>, inputs: T[], { code }: { code: CodeUse }): T[] {
  const [logits, labels, weights] = inputs as [T, T, T];
  const build = new OpBuilder(runner), shape = rowsOf(runner.shapeOf(logits));
  const { rows, classes } = shape;
  // Machine code takes tensors of float32; this copies nothing.
  const bits = build.op("Bitcast", [labels], [
    { name: "type", type: AttributeType.TYPE, value: DataType.FLOAT },
  ]);
  const perRow = build.empty([2, rows], [logits]),
    gradient = build.empty([rows, classes], [logits]);
  const parts = code.logits("crossEntropy", shape).addresses
    .map((task) => build.machineCode(task, [logits, bits, weights, perRow], gradient));
  // That memory is one of the inputs of each part, which writes it too.
  const [sums, ofLabels] = build.unstack(build.written([perRow, ...parts]), 2) as [T, T];
  const losses = build.op("Mul", [build.op("Sub", [build.op("Log", [sums]), ofLabels]), weights]);
  return [losses, build.written(parts)];
}

function largestClass<T>(runner: OpRunner<T>, inputs: T[], { code }: { code: CodeUse }): T {
  const [logits] = inputs as [T], sizes = runner.shapeOf(logits);
  const build = new OpBuilder(runner);
  const result = build.empty(sizes.slice(0, -1), [logits], DataType.UINT8);
  const parts = code.logits("largestClass", rowsOf(sizes)).addresses
    .map((task) => build.machineCode(task, [logits], result));
  return build.written(parts);
}
