import { availableParallelism } from "node:os";
import { inParallel, type InParallelOptions } from "./in_parallel.ts";

/** What a worker says of an item. */
type Reply<Answer> = { answer: Answer } | { failure: unknown };

/** However many processors there are: each worker takes memory of its own. */
const MOST_WORKERS = 8;

/**
 * Works on items in threads of their own, for work that computes more than it waits. After a failure
 * or an abort no further item is begun; the threads have ended when the promise settles.
 *
 * @param module The address of a module that calls {@linkcode answerItems}.
 * @param items What to work on, begun in order; copied to the thread.
 * @param onAnswer Takes the answers, as they come.
 * @throws what the work throws first, or the signal's reason.
 */
export async function inWorkers<Item, Answer>(
  module: string,
  items: readonly Item[],
  onAnswer: (answer: Answer, index: number) => void,
  { signal, limit = availableParallelism() }: InParallelOptions = {},
): Promise<void> {
  const workers = Array.from(
    { length: Math.min(limit, items.length, MOST_WORKERS) },
    () => new Worker(module, { type: "module" }),
  );
  const idle = [...workers];
  try {
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
