import type { ConvolutionWork } from "./convolution_shape.ts";
import { dividedTasks, type TaskFields, Tasks, tasksWithin } from "./task.ts";

/** How the work of a convolution is divided, as its plan says. */
interface Divided {
  units: number;
  unitBytes: number;
  blocks: number;
  byBlocks: boolean;
  scratchBytes: number;
}

/** The tasks of one convolution, which together do the work. */
export class ConvolutionTasks extends Tasks {
  /** How much scratch memory each of them takes. */
  readonly scratchBytes: number;
  /** Whether each has a result of its own, which are to be added. */
  readonly adds: boolean;

  /**
   * @param arrays What tasks tell the addresses of.
   * @param most How many tasks there are at most.
   * @throws {Error} if the system does not let a program write code.
   */
  constructor(
    work: ConvolutionWork,
    code: Uint8Array<ArrayBuffer>,
    arrays: Partial<Record<keyof TaskFields, ArrayBufferView<ArrayBuffer>>>,
    { scratchBytes, ...divided }: Divided,
    most: number,
  ) {
    super(code, arrays, dividedTasks(divided, Math.min(most, tasksWithin(scratchBytes))));
    this.scratchBytes = scratchBytes;
    this.adds = work === "filterGradient" && !divided.byBlocks;
  }
}
