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
import { dividedTasks, Tasks, tasksWithin } from "./task.ts";

/** The tasks of one convolution in bfloat16, which together do the work. */
export class Bfloat16Tasks extends Tasks {
  /** How much scratch memory each of them takes. */
  readonly scratchBytes: number;
  /** Whether each has a result of its own, which are to be added. */
  readonly adds: boolean;

  /**
   * Makes machine code for a convolution, and divides its work.
   *
   * @param threads How many tasks there are at most.
   * @throws {Error} if the system does not let a program write code.
   */
  constructor(work: ConvolutionWork, shape: Bfloat16Shape, threads: number) {
    const plan = planBfloat16(work, shape, threads);
    const isGradient = work === "filterGradient";
    const code = isGradient
      ? bfloat16GradientCode(plan)
      : bfloat16ConvolutionCode(plan, { turned: work === "turnedConvolution" });
    const strips = isGradient ? new BigInt64Array() : stripTable(plan);
    const arrays = { units: unitTable(plan), constants: bfloat16Constants(plan, strips) };
    const count = Math.min(threads, tasksWithin(plan.scratchBytes));
    super(code, arrays, dividedTasks({ ...plan, unitBytes: unitBytes(plan) }, count));
    this.scratchBytes = plan.scratchBytes;
    this.adds = isGradient && !plan.byBlocks;
  }
}
