import type { ConvolutionWork } from "./convolution_shape.ts";
import { ConvolutionTasks } from "./convolution_tasks.ts";
import { patchConvolutionCode } from "./patch_code.ts";
import { patchGradientCode } from "./patch_gradient.ts";
import { columnPlaces, type PatchShape, planPatches, planPatchGradient } from "./patch_plan.ts";
import type { VectorIsa } from "./vector_assembler.ts";

/** With fewer pixels a task is not worth the filter that it copies. */
const FEWEST_PIXELS = 64;

/**
 * Makes machine code for a convolution of patches that do not overlap, and divides its work.
 *
 * @param means.isa The vectors that the code computes with.
 * @param means.threads How many tasks there are at most.
 * @throws {Error} if the system does not let a program write code.
 */
export function patchTasks(
  work: ConvolutionWork,
  shape: PatchShape,
  means: { isa: VectorIsa; threads: number },
): ConvolutionTasks {
  const { plan, code } = planned(work, shape, means);
  const { units, width, byBlocks } = plan;
  const worthwhile = byBlocks ? Infinity : Math.ceil(units * width / FEWEST_PIXELS);
  const most = Math.min(means.threads, worthwhile);
  const arrays = { constants: columnPlaces(work, plan) };
  return new ConvolutionTasks(code, { work, arrays, divided: { ...plan, unitBytes: 1 }, most });
}

function planned(
  work: ConvolutionWork,
  shape: PatchShape,
  means: { isa: VectorIsa; threads: number },
) {
  if (work === "filterGradient") {
    const plan = planPatchGradient(shape, means);
    return { plan, code: patchGradientCode(plan, means.isa) };
  }
  const turned = work === "turnedConvolution", plan = planPatches(shape, { turned, ...means });
  return { plan, code: patchConvolutionCode(plan, means.isa, { turned }) };
}
