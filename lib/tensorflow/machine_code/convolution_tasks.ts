import type { ConvolutionWork } from "./convolution_shape.ts";
import { dividedTasks, type DividedWork, type TaskFields, Tasks, tasksWithin } from "./task.ts";

/** The tasks of one convolution, which together do the work. */
export class ConvolutionTasks extends Tasks {
  /** How much scratch memory each of them takes. */
  readonly scratchBytes: number;
  /** Whether each has a result of its own, which are to be added. */
  readonly adds: boolean;

  /**
   * @param of.work What is computed.
   * @param of.arrays What tasks tell the addresses of.
   * @param of.divided How the work is divided, as its plan says.
   * @param of.most How many tasks there are at most.
   * @throws {Error} if the system does not let a program write code.
   */
  constructor(
    code: Uint8Array<ArrayBuffer>,
    { work, arrays, divided, most }: {
      work: ConvolutionWork;
      arrays: Partial<Record<keyof TaskFields, ArrayBufferView<ArrayBuffer>>>;
      divided: DividedWork & { scratchBytes: number };
      most: number;
    },
  ) {
    const { scratchBytes, byBlocks } = divided;
    super(code, arrays, dividedTasks(divided, Math.min(most, tasksWithin(scratchBytes))));
    this.scratchBytes = scratchBytes;
    this.adds = work === "filterGradient" && !byBlocks;
  }
}
