import { zeros } from "./native_memory.ts";
import { Tasks } from "./task.ts";
import type { VectorUnit } from "./vector_assembler.ts";
import { convolutionCode, filterGradientCode } from "./winograd_code.ts";
import {
  planWinograd,
  UNIT_BYTES,
  unitsOf,
  type WinogradPlan,
  type WinogradShape,
  type WinogradWork,
} from "./winograd_plan.ts";
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
   * @param options.unit The vectors that the code computes with.
   * @param options.threads How many tasks there are at most.
   * @throws {Error} if the system does not let a program write code.
   */
  constructor(
    work: WinogradWork,
    shape: WinogradShape,
    options: { unit: VectorUnit; threads: number },
  ) {
    const { unit, threads } = options;
    const plan = planWinograd(work, shape, options);
    const units = unitsOf(plan);
    const code = work === "filterGradient"
      ? filterGradientCode(plan, unit)
      : convolutionCode(plan, unit, { turned: work === "turnedConvolution" });
    super(code, { units, constants: Float32Array.from(CONSTANTS) }, tasksOf(plan, threads));
    this.scratchBytes = plan.scratchBytes;
    this.adds = work === "filterGradient" && !plan.byBlocks;
  }
}

/** As much as the longest row of images that is worked on at once has. */
const ZERO_BYTES = 1 << 26;
/** With fewer tiles a task is not worth the filter that it brings to the points. */
const FEWEST_TILES = 16;
/** How much scratch memory all tasks of one convolution take at most. */
const MOST_SCRATCH_BYTES = 512 << 20;
let zero: bigint | undefined;

/** What each task works on: some of the units, or some of the blocks. */
function tasksOf(plan: WinogradPlan, threads: number) {
  const { byBlocks } = plan;
  const nothing = zero ??= zeros(ZERO_BYTES);
  if (nothing === undefined) throw new Error("Cannot run machine code: the system refuses memory");
  const shared = byBlocks ? plan.blocks : plan.units;
  const count = byBlocks ? Math.min(threads, shared) : tasksFor(plan, threads);
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor(shared * i / count), end = Math.floor(shared * (i + 1) / count);
    const [unit, unitCount] = byBlocks ? [0, plan.units] : [start, end - start];
    const [block, blockCount] = byBlocks ? [start, end - start] : [0, plan.blocks];
    return {
      units: BigInt(unit * UNIT_BYTES),
      unitCount: BigInt(unitCount),
      blocks: BigInt(block),
      blockCount: BigInt(blockCount),
      zeros: nothing,
    };
  });
}

/** Among how many tasks units are divided, each of which brings the filter to the points. */
function tasksFor({ units, tiles, scratchBytes }: WinogradPlan, threads: number): number {
  const worthwhile = Math.ceil(units * tiles / FEWEST_TILES);
  const fit = Math.max(1, Math.floor(MOST_SCRATCH_BYTES / scratchBytes));
  return Math.min(threads, units, worthwhile, fit);
}
