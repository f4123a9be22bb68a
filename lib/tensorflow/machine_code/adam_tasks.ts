import { adamCode, adamConstants, type AdamOptions, LANES, VECTOR_BYTES } from "./adam_code.ts";
import { shares, Tasks } from "./task.ts";

/** A task that is worth its start changes so many vectors. */
const PART_VECTORS = 1 << 13;

/**
 * Makes machine code for an update of so many numbers by Adam, and the tasks that together do the work.
 *
 * @param means.threads Among how many tasks they are divided at most.
 * @throws {Error} if the system does not let a program write code.
 */
export function adamTasks(
  size: number,
  { threads }: { threads: number },
  options: AdamOptions,
): Tasks {
  const vectors = Math.floor(size / LANES);
  const count = Math.max(1, Math.min(threads, Math.floor(vectors / PART_VECTORS)));
  const fields = shares(vectors, count).map(({ start, length }, i) => {
    const hasRest = i === count - 1 && size % LANES > 0;
    return {
      units: BigInt(start * VECTOR_BYTES),
      unitCount: BigInt(length),
      blockCount: hasRest ? 1n : 0n,
    };
  });
  return new Tasks(adamCode(), { constants: adamConstants(size, options) }, fields);
}
