import { DataType } from "./data_type.ts";
import { type Bfloat16Shape, type CodeUse, MOST_BYTES, ZERO_BYTES } from "./machine_code/mod.ts";
import { type Convolved, convolvedBy, machineConvolution } from "./machine_convolution.ts";
import type { NamedOpCall } from "./op_repairs.ts";
import type { OpRunner } from "./op_runner.ts";
import { keepsSize, shapeOf } from "./winograd.ts";

const FLOAT_BYTES = 4, BFLOAT16_BYTES = 2;

/**
 * Computes a convolution in bfloat16, or one of its gradients, by AMX: its sums are of float32. Its
 * filter is one of 3x3 that keeps the images' size, or one as large as the stride, so that the images'
 * patches do not overlap.
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
  const found = find(runner, call, { code });
  return found && machineConvolution(runner, call, found.convolved, {
    tasks: code.bfloat16(found.convolved.work, found.shape),
    type: DataType.BFLOAT16,
  });
}

/** Whether there is code for a convolution, whatever the types of what it takes. */
export function hasBfloat16Code<T>(
  runner: OpRunner<T>,
  call: NamedOpCall<T>,
  options: { code: CodeUse },
): boolean {
  return find(runner, call, options) !== undefined;
}

/** The convolution that there is code for, and what that is made for. */
function find<T>(
  runner: OpRunner<T>,
  call: NamedOpCall<T>,
  { code }: { code: CodeUse },
): { convolved: Convolved; shape: Bfloat16Shape } | undefined {
  const convolved = code.hasTiles ? convolvedBy(runner, call) : undefined;
  const shape = convolved && bfloat16Shape(convolved);
  if (!shape) return undefined;
  const { batch, height, width, channels, filters, step, down, across } = shape;
  const row = width * Math.max(channels, filters) * BFLOAT16_BYTES;
  const bytes = batch * height * step * row;
  // Of sizes that are known only when it runs the number is NaN.
  const isPossible = bytes > 0 && bytes < MOST_BYTES && row <= ZERO_BYTES &&
    down * across * channels * filters * FLOAT_BYTES < MOST_BYTES;
  return isPossible ? { convolved, shape } : undefined;
}

/**
 * What code is made for; `undefined` if there is none. Patches that do not overlap are rows below each
 * other of pixels that have the channels of a patch's row.
 */
function bfloat16Shape(convolved: Convolved): Bfloat16Shape | undefined {
  const { work, filter, result, stride } = convolved;
  if (keepsSize(convolved)) return { ...shapeOf(convolved), down: 3, across: 3, step: 1, parts: 1 };
  const [down, across, channels, filters] = filter;
  if (down !== stride || across !== stride) return undefined;
  const [batch, height, width] = result, row = stride * channels;
  return work === "turnedConvolution"
    ? {
      ...{ batch, height, width, channels: filters, filters: stride * row },
      ...{ down: 1, across: 1, step: 1, parts: stride },
    }
    : {
      ...{ batch, height, width, channels: row, filters },
      ...{ down: stride, across: 1, step: stride, parts: 1 },
    };
}
