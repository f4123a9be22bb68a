import { DataType } from "./data_type.ts";
import { type CodeUse, FLOAT_BYTES, MOST_BYTES, type PatchShape } from "./machine_code/mod.ts";
import { type Convolved, machineConvolution } from "./machine_convolution.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";

/**
 * Computes a convolution whose filter is as large as its stride, or one of its gradients: the images'
 * patches do not overlap, so that it is a product of matrices.
 *
 * @param runner Runs the ops.
 * @param call The convolution, in float32.
 * @param convolved What it is about.
 * @param options.code What makes the machine code.
 * @returns What the call would give, but for rounding; `undefined` where there is no code for it.
 */
export function patchConvolution<T>(
  runner: OpRunner<T>,
  call: OpCall<T>,
  convolved: Convolved,
  { code }: { code: CodeUse },
): T | undefined {
  const { work, filter: [down, across, channels, filters], result, stride } = convolved;
  const [batch, height, width] = result;
  const shape = { batch, height, width, channels, filters, stride };
  // With one of 1x1 it was not measured.
  const isOfPatches = down === stride && across === stride && stride > 1;
  if (!isOfPatches || !isPossible(shape) || width % code.pixelsAtOnce(work, shape) !== 0) {
    return undefined;
  }
  const tasks = code.patches(work, shape);
  return machineConvolution(runner, call, convolved, { tasks, type: DataType.FLOAT });
}

/** Whether all numbers that code has in its instructions fit into them. */
function isPossible({ batch, height, width, channels, filters, stride }: PatchShape): boolean {
  const pixel = stride * stride * channels;
  const bytes = Math.max(width * Math.max(pixel, filters), pixel * filters) * FLOAT_BYTES;
  // Of sizes that are known only when it runs the number is NaN.
  return batch * height * width > 0 && bytes < MOST_BYTES;
}
