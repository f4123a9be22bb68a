import type { ConvolutionWork } from "./convolution_shape.ts";
import { patchConvolutionCode, patchGradientCode } from "./patch_code.ts";
import { columnPlaces, type PatchShape, planPatches } from "./patch_plan.ts";
import { dividedTasks, Tasks, tasksWithin } from "./task.ts";
import type { VectorIsa } from "./vector_assembler.ts";

/** The tasks of one convolution of patches that do not overlap, which together do the work. */
export class PatchTasks extends Tasks {
  /** How much scratch memory each of them takes. */
  readonly scratchBytes: number;
  /** Whether each has a result of its own, which are to be added. */
  readonly adds: boolean;

  /**
   * Makes machine code for a convolution, and divides its work.
   *
   * @param options.isa The vectors that the code computes with.
   * @param options.threads How many tasks there are at most.
   * @throws {Error} if the system does not let a program write code.
   */
  constructor(
    work: ConvolutionWork,
    shape: PatchShape,
    options: { isa: VectorIsa; threads: number },
  ) {
    const plan = planPatches(work, shape, options), { isa, threads } = options;
    const code = work === "filterGradient"
      ? patchGradientCode(plan, isa)
      : patchConvolutionCode(plan, isa, { turned: work === "turnedConvolution" });
    const count = Math.min(threads, tasksWithin(plan.scratchBytes));
    const tasks = dividedTasks({ ...plan, unitBytes: 1 }, count);
    super(code, { constants: columnPlaces(work, plan) }, tasks);
    this.scratchBytes = plan.scratchBytes;
    this.adds = work === "filterGradient" && !plan.byBlocks;
  }
}
