import { poolingCode, type PoolingShape, type PoolingWork } from "./pooling_code.ts";
import { dividedTasks, Tasks } from "./task.ts";

/** A task that is worth its start goes through so many numbers of images. */
const PART_SIZE = 1 << 14;

/**
 * Makes machine code for windows of 2x2, and the tasks that together do the work.
 *
 * @param means.threads Among how many tasks rows of windows are divided at most.
 * @throws {Error} if the system does not let a program write code.
 */
export function poolingTasks(
  work: PoolingWork,
  shape: PoolingShape,
  { threads }: { threads: number },
): Tasks {
  const { rows, columns, channels } = shape;
  const worthwhile = Math.ceil(4 * rows * columns * channels / PART_SIZE);
  const divided = { units: rows, unitBytes: 1, blocks: 1, byBlocks: false };
  return new Tasks(
    poolingCode(work, shape),
    {},
    dividedTasks(divided, Math.min(threads, worthwhile)),
  );
}
