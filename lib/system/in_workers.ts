import { availableParallelism } from "node:os";
import { inParallel, type InParallelOptions } from "./in_parallel.ts";

/** What a worker says of an item. */
type Reply<Answer> = { answer: Answer } | { failure: unknown };

/** However many processors there are: each worker takes memory of its own. */
const MOST_WORKERS = 8;

/**
 * Works on items in threads of their own, for work that computes more than it waits. After a failure
 * or an abort no further item is begun, and the threads are told to end, whatever they are at.
 *
 * @param startWorker Starts a thread whose module calls {@linkcode answerItems}. Tools that look for a
 *   program's modules find it only if its address is written out, as in the example.
 * @param items What to work on, begun in order; each is copied to its thread.
 * @param onAnswer Takes copies of the answers, as they come.
 * @throws a copy of what the work throws first, or the signal's reason.
 *
 * @example Counting in threads, where `counter.ts` has `answerItems(countFile)`
 * ```ts ignore
 * await inWorkers<string, number>(
 *   () => new Worker(new URL("./counter.ts", import.meta.url), { type: "module" }),
 *   paths,
 *   (count) => sum += count,
 * );
 * ```
 */
export async function inWorkers<Item, Answer>(
  startWorker: () => Worker,
  items: readonly Item[],
  onAnswer: (answer: Answer, index: number) => void,
  { signal, limit = availableParallelism() }: InParallelOptions = {},
): Promise<void> {
  const workers: Worker[] = [];
  try {
    const count = Math.min(limit, items.length, MOST_WORKERS);
    while (workers.length < count) workers.push(startWorker());
    const idle = [...workers];
    await inParallel(items.keys().toArray(), async (index) => {
      const worker = idle.pop()!;
      onAnswer(await ask<Item, Answer>(worker, items[index]!), index);
      idle.push(worker);
    }, { limit: workers.length, signal });
  } finally {
    for (const worker of workers) worker.terminate();
  }
}

function ask<Item, Answer>(worker: Worker, item: Item): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  worker.onmessage = ({ data }: MessageEvent<Reply<Answer>>) => {
    if ("failure" in data) reject(data.failure);
    else resolve(data.answer);
  };
  worker.onmessageerror = () => reject(new Error("Cannot read what a thread answered"));
  worker.onerror = (event) => {
    event.preventDefault(); // Or the process ends.
    reject(new Error(event.message));
  };
  worker.postMessage(item);
  return promise;
}

/** In a worker: answers the items that {@linkcode inWorkers} gives it. */
export function answerItems<Item, Answer>(work: (item: Item) => Promise<Answer>): void {
  const reply = (reply: Reply<Answer>) => (self as unknown as Worker).postMessage(reply);
  self.addEventListener("message", async (event) => {
    try {
      reply({ answer: await work((event as MessageEvent<Item>).data) });
    } catch (failure) {
      reply({ failure });
    }
  });
}
