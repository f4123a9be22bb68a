import { availableParallelism } from "node:os";

/** Options of {@linkcode inParallel}. */
export interface InParallelOptions {
  /**
   * How many items are worked on at a time.
   *
   * @default {availableParallelism()}
   */
  limit?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Works on items, a few at a time. After a failure or an abort no further item is begun, and nothing
 * is still under way when the promise is rejected.
 *
 * @param items What to work on, begun in order.
 * @param work Works on one of them.
 * @throws what `work` throws first, or the signal's reason.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inParallel } from "./in_parallel.ts";
 *
 * let sum = 0;
 * await inParallel([1, 2, 3], (n) => Promise.resolve(sum += n), { limit: 2 });
 * assertEquals(sum, 6);
 * ```
 */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
  { limit = availableParallelism(), signal }: InParallelOptions = {},
): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      try {
        signal?.throwIfAborted();
        await work(items[next++]!);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (failures.length > 0) throw failures[0];
  signal?.throwIfAborted();
}
