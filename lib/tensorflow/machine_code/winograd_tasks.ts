import type { ConvolutionWork, WinogradShape } from "./convolution_shape.ts";
import { ConvolutionTasks } from "./convolution_tasks.ts";
import type { VectorIsa } from "./vector_assembler.ts";
import { convolutionCode, filterGradientCode } from "./winograd_code.ts";
import { planWinograd, UNIT_BYTES, unitTable } from "./winograd_plan.ts";
import { CONSTANTS } from "./winograd_transforms.ts";

/** With fewer tiles a task is not worth the filter that it brings to the points. */
const FEWEST_TILES = 16;

/**
 * Makes machine code for a convolution with a filter of 3x3, and divides its work.
 *
 * @param means.isa The vectors that the code computes with.
 * @param means.threads How many tasks there are at most.
 * @throws {Error} if the system does not let a program write code.
 */
export function winogradTasks(
  work: ConvolutionWork,
  shape: WinogradShape,
  means: { isa: VectorIsa; threads: number },
): ConvolutionTasks {
  const { isa, threads } = means, plan = planWinograd(work, shape, means);
  const code = work === "filterGradient"
    ? filterGradientCode(plan, isa)
    : convolutionCode(plan, isa, { turned: work === "turnedConvolution" });
  const arrays = { units: unitTable(plan), constants: Float32Array.from(CONSTANTS) };
  const worthwhile = plan.byBlocks ? Infinity : Math.ceil(plan.units * plan.tiles / FEWEST_TILES);
  const divided = { ...plan, unitBytes: UNIT_BYTES };
  return new ConvolutionTasks(code, { work, arrays, divided, most: Math.min(threads, worthwhile) });
}
