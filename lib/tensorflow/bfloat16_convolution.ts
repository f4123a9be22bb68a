import { DataType } from "./data_type.ts";
import {
  type CodeUse,
  type ConvolutionShape,
  FILTER,
  MOST_BYTES,
  ZERO_BYTES,
} from "./machine_code/mod.ts";
import { convolutionShape, machineConvolution } from "./machine_convolution.ts";
import type { NamedOpCall } from "./op_repairs.ts";
import type { OpRunner } from "./op_runner.ts";

const FLOAT_BYTES = 4, BFLOAT16_BYTES = 2;

/**
 * Computes a convolution with a filter of 3x3 in bfloat16, or one of its gradients, by AMX: its sums
 * are of float32.
 *
 * @param runner Runs the ops.
 * @param call The convolution, or any other op; images and gradients in bfloat16, the filter in float32.
 * @param options.code What makes the machine code.
 * @returns What the call would give, images and their gradients in bfloat16 and the filter's gradient in
 *   float32; `undefined` where it is another op or where there is no code for it.
 */
export function bfloat16Convolution<T>(
  runner: OpRunner<T>,
  call: NamedOpCall<T>,
  { code }: { code: CodeUse },
): T | undefined {
  const shape = shapeOf(runner, call, { code });
  return shape && machineConvolution(runner, call, {
    shape,
    tasks: (work, shape) => code.bfloat16(work, shape),
    type: DataType.BFLOAT16,
  });
}

/** Whether there is code for a convolution, whatever the types of what it takes. */
export function hasBfloat16Code<T>(
  runner: OpRunner<T>,
  call: NamedOpCall<T>,
  options: { code: CodeUse },
): boolean {
  return shapeOf(runner, call, options) !== undefined;
}

function shapeOf<T>(
  runner: OpRunner<T>,
  call: NamedOpCall<T>,
  { code }: { code: CodeUse },
): ConvolutionShape | undefined {
  const shape = code.hasTiles ? convolutionShape(runner, call) : undefined;
  if (!shape) return undefined;
  const { batch, height, width, channels, filters } = shape;
  const numbers = batch * height * width * Math.max(channels, filters);
  // Of sizes that are known only when it runs the number is NaN.
  const isPossible = numbers > 0 && numbers * BFLOAT16_BYTES < MOST_BYTES &&
    width * Math.max(channels, filters) * BFLOAT16_BYTES <= ZERO_BYTES &&
    FILTER ** 2 * channels * filters * FLOAT_BYTES < MOST_BYTES;
  return isPossible ? shape : undefined;
}
