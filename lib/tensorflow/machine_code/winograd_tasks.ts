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
let zero: bigint | undefined;

/** What each task works on: some of the units, or some of the blocks. */
function tasksOf(plan: WinogradPlan, threads: number) {
  const { byBlocks } = plan;
  zero ??= zeros(ZERO_BYTES);
  const shared = byBlocks ? plan.blocks : plan.units;
  const count = Math.min(threads, shared);
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor(shared * i / count), end = Math.floor(shared * (i + 1) / count);
    const [unit, unitCount] = byBlocks ? [0, plan.units] : [start, end - start];
    const [block, blockCount] = byBlocks ? [start, end - start] : [0, plan.blocks];
    return {
      units: BigInt(unit * UNIT_BYTES),
      unitCount: BigInt(unitCount),
      blocks: BigInt(block),
      blockCount: BigInt(blockCount),
      zeros: zero!,
    };
  });
}
