import { bfloat16ConvolutionCode } from "./bfloat16_code.ts";
import { bfloat16Constants } from "./bfloat16_frame.ts";
import { bfloat16GradientCode } from "./bfloat16_gradient.ts";
import {
  type Bfloat16Shape,
  planBfloat16,
  stripTable,
  unitBytes,
  unitTable,
} from "./bfloat16_plan.ts";
import type { ConvolutionWork } from "./convolution_shape.ts";
import { ConvolutionTasks } from "./convolution_tasks.ts";

/**
 * Makes machine code for a convolution in bfloat16, and divides its work.
 *
 * @param means.threads How many tasks there are at most.
 * @throws {Error} if the system does not let a program write code.
 */
export function bfloat16Tasks(
  work: ConvolutionWork,
  shape: Bfloat16Shape,
  { threads }: { threads: number },
): ConvolutionTasks {
  const plan = planBfloat16(work, shape, threads), isGradient = work === "filterGradient";
  const code = isGradient
    ? bfloat16GradientCode(plan)
    : bfloat16ConvolutionCode(plan, { turned: work === "turnedConvolution" });
  const strips = isGradient ? new BigInt64Array() : stripTable(plan);
  const arrays = { units: unitTable(plan), constants: bfloat16Constants(plan, strips) };
  const divided = { ...plan, unitBytes: unitBytes(plan) };
  return new ConvolutionTasks(code, { work, arrays, divided, most: threads });
}
