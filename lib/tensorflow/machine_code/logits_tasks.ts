import { crossEntropyCode, crossEntropyConstants } from "./cross_entropy_code.ts";
import { largestClassCode, largestClassConstants } from "./largest_class_code.ts";
import type { LogitsShape } from "./logits_rows.ts";
import { dividedTasks, Tasks } from "./task.ts";

/** What is computed of rows of logits. */
export type LogitsWork = keyof typeof CODE;

const CODE = {
  crossEntropy: { code: crossEntropyCode, constants: crossEntropyConstants },
  largestClass: { code: largestClassCode, constants: largestClassConstants },
};

/** A task that is worth its start goes through so many logits. */
const PART_SIZE = 1 << 14;

/**
 * Makes machine code for some work on rows of logits, and the tasks that together do it.
 *
 * @param means.threads Among how many tasks the rows are divided at most.
 * @throws {Error} if the system does not let a program write code.
 */
export function logitsTasks(
  work: LogitsWork,
  shape: LogitsShape,
  { threads }: { threads: number },
): Tasks {
  const { code, constants } = CODE[work], { rows, classes } = shape;
  const worthwhile = Math.ceil(rows * classes / PART_SIZE);
  const fields = dividedTasks(
    { units: rows, unitBytes: 1, blocks: 1, byBlocks: false },
    Math.min(threads, worthwhile),
  );
  return new Tasks(code(shape), { constants: constants(shape) }, fields);
}
