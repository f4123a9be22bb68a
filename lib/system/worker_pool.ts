import { availableParallelism } from "node:os";

/** What a worker says of a question. */
type Reply<Answer> = { answer: Answer } | { failure: unknown };

/** Threads at most, however many processors there are: each takes memory of its own. */
export const MOST_WORKERS = 8;

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
  /** How many threads there are at most. */
  readonly limit: number;
  readonly #startWorker: () => Worker;
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  /** Those who wait for an idle worker, the first one first. */
  readonly #waiting: ((worker: Worker) => void)[] = [];
  /** Why nothing is answered any more. */
  #failure: Error | undefined;

  /**
   * @param startWorker Starts a thread whose module calls {@linkcode answerQuestions}. Tools that look
   *   for a program's modules find it only if its address is written out, as in the example.
   * @param limit How many threads there may be; above {@linkcode MOST_WORKERS} it is that.
   * @throws {RangeError} if it is no whole number above 0.
   */
  constructor(startWorker: () => Worker, limit: number = availableParallelism()) {
    this.#startWorker = startWorker;
    if (!Number.isInteger(limit) || limit < 1) {
      throw new RangeError(`Cannot start ${limit} threads: expected a whole number above 0`);
    }
    this.limit = Math.min(limit, MOST_WORKERS);
  }

  /**
   * Has a thread answer a question, as soon as one is idle.
   *
   * @param question It is copied to the thread.
   * @returns A copy of the answer.
   * @throws a copy of what the work throws; an `Error` if a thread's module has failed, or the threads
   *   have ended.
   */
  async ask(question: Question): Promise<Answer> {
    const worker = await this.#take();
    try {
      if (this.#failure) throw this.#failure;
      return await this.#askWorker(worker, question);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(worker);
      else this.#idle.push(worker);
    }
  }

  #take(): Worker | Promise<Worker> {
    if (this.#failure) throw this.#failure;
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
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    worker.onmessage = ({ data }: MessageEvent<Reply<Answer>>) => {
      if ("failure" in data) reject(data.failure);
      else resolve(data.answer);
    };
    worker.onmessageerror = () => reject(new Error("Cannot read what a thread answered"));
    worker.onerror = (event) => {
      event.preventDefault(); // Or the process ends.
      this.#failure = new Error(event.message);
      reject(this.#failure);
    };
    worker.postMessage(question);
    return promise;
  }

  /** Ends the threads; what they were asked is not answered any more. */
  [Symbol.dispose](): void {
    this.#failure = new Error("Cannot ask a thread: they have ended");
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
