import { float32Convolution } from "./float32_convolution.ts";
import type { CodeUse } from "./machine_code/mod.ts";
import { CROSS_ENTROPY, LARGEST_CLASS, machineLogits } from "./machine_logits.ts";
import { MachineNormalization } from "./machine_normalization.ts";
import { machinePooling } from "./machine_pooling.ts";
import {
  CONVOLUTION,
  FILTER_GRADIENT,
  IMAGE_GRADIENT,
  NORMALIZATION,
  NORMALIZATION_GRADIENT,
  POOLING,
  POOLING_GRADIENT,
} from "./op_names.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";

const OPS = [
  ...[CONVOLUTION, IMAGE_GRADIENT, FILTER_GRADIENT],
  ...[NORMALIZATION, NORMALIZATION_GRADIENT],
  ...[POOLING, POOLING_GRADIENT],
  ...[CROSS_ENTROPY, LARGEST_CLASS],
];

/** Whether there may be machine code for an op; for most there is none. */
export function hasMachineCode(op: string): boolean {
  return OPS.includes(op);
}

/**
 * Runs an op by machine code, as compiled functions do: so that they give what single ops do.
 *
 * @param runner Runs the ops that it takes.
 * @returns What the op gives; `undefined` where there is no machine code for it.
 */
export function byMachineCode<T extends WeakKey>(
  runner: OpRunner<T>,
  call: OpCall<T>,
  options: { code: CodeUse },
): T[] | undefined {
  const convolution = float32Convolution(runner, call, options);
  if (convolution) return [convolution.result];
  return machineLogits(runner, call, options) ?? machinePooling(runner, call, options) ??
    new MachineNormalization(runner, options).replaced(call);
}
