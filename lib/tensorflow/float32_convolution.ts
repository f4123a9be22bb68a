import { DataType } from "./data_type.ts";
import type { CodeUse } from "./machine_code/mod.ts";
import { convolvedBy } from "./machine_convolution.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";
import { patchConvolution } from "./patch_convolution.ts";
import { type Scaling, winogradConvolution } from "./winograd_convolution.ts";

/** What a convolution by machine code gives, or one of its gradients. */
export interface Float32Convolution<T> {
  result: T;
  /** Gives the same scaled in its place, where there is code that does both. */
  scaled?: (then: Scaling<T>) => T;
}

/**
 * Computes a convolution in float32, or one of its gradients, by machine code: one of 3x3 by
 * {@linkcode winogradConvolution}, one of patches that do not overlap by {@linkcode patchConvolution}.
 *
 * @param runner Runs the ops.
 * @param call The convolution, or any other op.
 * @param options.code What makes the machine code.
 * @param options.joined The tensors whose channels are those of the images, where the images were
 *   joined of several; only they are taken then.
 * @returns `undefined` where it is another op, or where there is no code for it or it does not pay.
 */
export function float32Convolution<T>(
  runner: OpRunner<T>,
  call: OpCall<T>,
  { code, joined }: { code: CodeUse; joined?: T[] | undefined },
): Float32Convolution<T> | undefined {
  const convolved = convolvedBy(runner, call);
  if (!convolved || runner.dtypeOf(call.inputs.at(-1)!) !== DataType.FLOAT) return undefined;
  const winograd = (then?: Scaling<T>) =>
    winogradConvolution(runner, call, convolved, { code, joined, then });
  const result = winograd();
  if (result !== undefined) {
    // Nothing normalizes a filter's gradient.
    return convolved.work === "filterGradient"
      ? { result }
      : { result, scaled: (then) => winograd(then)! };
  }
  const ofPatches = joined ? undefined : patchConvolution(runner, call, convolved, { code });
  return ofPatches === undefined ? undefined : { result: ofPatches };
}
