import { DataType } from "./data_type.ts";
import {
  BFLOAT16_BYTES,
  type Bfloat16Shape,
  type CodeUse,
  FLOAT_BYTES,
  MOST_BYTES,
  ZERO_BYTES,
} from "./machine_code/mod.ts";
import {
  type Convolved,
  convolvedBy,
  keepsSize,
  machineConvolution,
  workedShape,
} from "./machine_convolution.ts";
import { OpBuilder } from "./op_builder.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";

/** In rows of fewer pixels more than half of what is multiplied at once would be for nothing. */
const NARROWEST = 8;
/** By so many pixels at most a row is wider where it is copied to. */
const MARGIN = 128;

/**
 * Computes a convolution in bfloat16, or one of its gradients, by AMX: its sums are of float32. Its
 * filter is one of 3x3 that keeps the images' size, or one as large as the stride, so that the images'
 * patches do not overlap.
 *
 * @param runner Runs the ops.
 * @param call The convolution, or any other op; its filter is in float32.
 * @param options.code What makes the machine code.
 * @param options.round Rounds images and gradients in float32 to bfloat16.
 * @param options.bias What is added to each pixel of the result, or of images, in float32.
 * @param options.narrowest From how wide images on it pays.
 * @returns What the call would give, images and their gradients in bfloat16 and the filter's gradient in
 *   float32, with `NaN` also where an infinity is up to 32 pixels to the right; `undefined` where it is
 *   another op, or where there is no code for it or it does not pay.
 */
export function bfloat16Convolution<T>(
  runner: OpRunner<T>,
  call: OpCall<T>,
  { code, round, bias, narrowest = NARROWEST }: {
    code: CodeUse;
    round: (tensor: T) => T;
    bias?: T;
    narrowest?: number;
  },
): T | undefined {
  const convolved = code.hasBfloat16 ? convolvedBy(runner, call) : undefined;
  const shape = convolved && bfloat16Shape(convolved);
  if (!shape || !isPossible(shape) || shape.width < narrowest) return undefined;
  const filter = convolved.work === "filterGradient" ? undefined : call.inputs[1];
  const floats = call.inputs.filter((input) => runner.dtypeOf(input) === DataType.FLOAT);
  if (filter !== undefined && !floats.includes(filter)) return undefined;
  const inputs = call.inputs.map((input) =>
    input !== filter && floats.includes(input) ? round(input) : input
  );
  const tasks = code.bfloat16(convolved.work, { ...shape, bias: bias !== undefined });
  return machineConvolution(runner, { ...call, inputs }, convolved, {
    tasks,
    type: DataType.BFLOAT16,
    each: bias === undefined ? [] : [ofRow(runner, bias, shape)],
  });
}

/** A bias as often as a row of a patch has pixels, which are one pixel to the code. */
function ofRow<T>(runner: OpRunner<T>, bias: T, { filters, parts }: Bfloat16Shape): T {
  const build = new OpBuilder(runner), channels = runner.shapeOf(bias).at(-1)!;
  const flat = build.reshape(bias, [channels]);
  return build.concat(Array<T>(filters / parts / channels).fill(flat));
}

/** Whether all numbers that code has in its instructions fit into them, and rows into memory. */
function isPossible(shape: Bfloat16Shape): boolean {
  const { batch, height, width, channels, filters, step, down, across } = shape;
  const most = Math.max(channels, filters) * BFLOAT16_BYTES;
  const bytes = batch * height * step * width * most;
  // Of sizes that are known only when it runs the number is NaN.
  return bytes > 0 && bytes < MOST_BYTES && down * (width + MARGIN) * most <= ZERO_BYTES &&
    down * across * channels * filters * FLOAT_BYTES < MOST_BYTES;
}

/**
 * What code is made for; `undefined` if there is none. Patches that do not overlap are rows below each
 * other of pixels that have the channels of a patch's row.
 */
function bfloat16Shape(convolved: Convolved): Bfloat16Shape | undefined {
  const { work, filter, result, stride } = convolved;
  if (keepsSize(convolved)) {
    return { ...workedShape(convolved), down: 3, across: 3, step: 1, parts: 1, bias: false };
  }
  const [down, across, channels, filters] = filter;
  // With one of 1x1 it was not measured.
  if (down !== stride || across !== stride || stride === 1) return undefined;
  const [batch, height, width] = result, row = stride * channels;
  return work === "turnedConvolution"
    ? {
      ...{ batch, height, width, channels: filters, filters: stride * row },
      ...{ down: 1, across: 1, step: 1, parts: stride, bias: false },
    }
    : {
      ...{ batch, height, width, channels: row, filters },
      ...{ down: stride, across: 1, step: stride, parts: 1, bias: false },
    };
}
