import type { ConvolutionWork, WinogradShape } from "./convolution_shape.ts";
import { dividedTasks, type TaskFields, Tasks, tasksWithin } from "./task.ts";
import type { VectorIsa } from "./vector_assembler.ts";
import { convolutionCode, filterGradientCode } from "./winograd_code.ts";
import { planWinograd, UNIT_BYTES, unitsOf, type WinogradPlan } from "./winograd_plan.ts";
import { CONSTANTS } from "./winograd_transforms.ts";

/** The tasks of one convolution, which together do the work. */
export class WinogradTasks extends Tasks {
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
    shape: WinogradShape,
    options: { isa: VectorIsa; threads: number },
  ) {
    const { isa, threads } = options;
    const plan = planWinograd(work, shape, options);
    const units = unitsOf(plan);
    const code = work === "filterGradient"
      ? filterGradientCode(plan, isa)
      : convolutionCode(plan, isa, { turned: work === "turnedConvolution" });
    super(code, { units, constants: Float32Array.from(CONSTANTS) }, tasksOf(plan, threads));
    this.scratchBytes = plan.scratchBytes;
    this.adds = work === "filterGradient" && !plan.byBlocks;
  }
}

/** With fewer tiles a task is not worth the filter that it brings to the points. */
const FEWEST_TILES = 16;

/** What each task works on: some of the units, or some of the blocks. */
function tasksOf(plan: WinogradPlan, threads: number): TaskFields[] {
  const { units, tiles, byBlocks, scratchBytes } = plan;
  const worthwhile = byBlocks ? Infinity : Math.ceil(units * tiles / FEWEST_TILES);
  const count = Math.min(threads, worthwhile, tasksWithin(scratchBytes));
  return dividedTasks({ ...plan, unitBytes: UNIT_BYTES }, count);
}
