import { availableParallelism } from "node:os";

/** What a worker says of a question. */
type Reply<Answer> = { answer: Answer } | { failure: unknown };

/** However many processors there are: each worker takes memory of its own. */
const MOST_WORKERS = 8;

/**
 * Threads for work that computes more than it waits. They start as they are needed, and end when it is
 * disposed of, whatever they are at.
 *
 * @example Counting in threads, where `counter.ts` has `answerQuestions(countFile)`
 * ```ts ignore
 * using counters = new WorkerPool<string, number>(
 *   () => new Worker(new URL("./counter.ts", import.meta.url), { type: "module" }),
 * );
 * await inParallel(paths, async (path) => {
 *   const count = await counters.ask(path);
 *   sum += count;
 * }, counters);
 * ```
 */
export class WorkerPool<Question, Answer> implements Disposable {
  /** How many threads there are at most: one for each processor, and 8. */
  readonly limit: number;
  readonly #startWorker: () => Worker;
  readonly #workers: Worker[] = [];
  /** Those whose module has failed, which answer nothing any more. */
  readonly #failures = new WeakMap<Worker, Error>();
  readonly #idle: Worker[] = [];
  /** Those who wait for an idle worker, the first one first. */
  readonly #waiting: ((worker: Worker) => void)[] = [];

  /**
   * @param startWorker Starts a thread whose module calls {@linkcode answerQuestions}. Tools that look
   *   for a program's modules find it only if its address is written out, as in the example.
   * @param limit How many threads there may be.
   */
  constructor(startWorker: () => Worker, limit: number = availableParallelism()) {
    this.#startWorker = startWorker;
    this.limit = Math.min(limit, MOST_WORKERS);
  }

  /**
   * Has a thread answer a question, as soon as one is idle.
   *
   * @param question It is copied to the thread.
   * @returns A copy of the answer.
   * @throws a copy of what the work throws.
   */
  async ask(question: Question): Promise<Answer> {
    const worker = await this.#take();
    try {
      return await this.#askWorker(worker, question);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(worker);
      else this.#idle.push(worker);
    }
  }

  #take(): Worker | Promise<Worker> {
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#workers.length === this.limit) {
      return new Promise((resolve) => this.#waiting.push(resolve));
    }
    const started = this.#startWorker();
    this.#workers.push(started);
    return started;
  }

  #askWorker(worker: Worker, question: Question): Promise<Answer> {
    const failure = this.#failures.get(worker);
    if (failure) throw failure;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    worker.onmessage = ({ data }: MessageEvent<Reply<Answer>>) => {
      if ("failure" in data) reject(data.failure);
      else resolve(data.answer);
    };
    worker.onmessageerror = () => reject(new Error("Cannot read what a thread answered"));
    worker.onerror = (event) => {
      event.preventDefault(); // Or the process ends.
      const failure = new Error(event.message);
      this.#failures.set(worker, failure);
      reject(failure);
    };
    worker.postMessage(question);
    return promise;
  }

  /** Ends the threads; what they were asked is not answered any more. */
  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

/** In a worker: answers the questions that {@linkcode WorkerPool} asks it. */
export function answerQuestions<Question, Answer>(
  work: (question: Question) => Promise<Answer>,
): void {
  const reply = (reply: Reply<Answer>) => (self as unknown as Worker).postMessage(reply);
  self.addEventListener("message", async (event) => {
    try {
      reply({ answer: await work((event as MessageEvent<Question>).data) });
    } catch (failure) {
      reply({ failure });
    }
  });
}
