import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { setTimeout as delay } from "node:timers/promises";
import { inParallel, WorkerPool } from "../../lib/system/mod.ts";

const start = (module: string) => () => new Worker(import.meta.resolve(module), { type: "module" });
const DOUBLING = start("./_doubling_worker.ts");
const BROKEN = start("./_broken_worker.ts");

/** What `_doubling_worker.ts` answers. */
interface Doubled {
  double: number;
  thread: string;
}

Deno.test("a WorkerPool has its threads answer, each one question at a time", async () => {
  using pool = new WorkerPool<number, Doubled>(DOUBLING, 2);
  const answers = await Promise.all([1, 2, 3, 4, 5].map((number) => pool.ask(number)));
  assertEquals(answers.map(({ double }) => double), [2, 4, 6, 8, 10]);
  assertEquals(new Set(answers.map(({ thread }) => thread)).size, 2);
});

Deno.test("a WorkerPool starts no more threads than are needed", async () => {
  let started = 0;
  const startOne = () => {
    started++;
    return DOUBLING();
  };
  {
    using _idle = new WorkerPool<number, Doubled>(startOne, 3);
  }
  assertEquals(started, 0);
  using pool = new WorkerPool<number, Doubled>(startOne, 3);
  for (const number of [1, 2, 3]) await pool.ask(number);
  assertEquals(started, 1);
});

Deno.test("a WorkerPool has 8 threads at most", () => {
  using pool = new WorkerPool(DOUBLING, 100);
  assertEquals(pool.limit, 8);
});

Deno.test("WorkerPool.ask() rejects with what the work throws, and the thread goes on", async () => {
  using pool = new WorkerPool<number, Doubled>(DOUBLING, 1);
  await assertRejects(() => pool.ask(-1), RangeError, "Cannot double -1");
  assertEquals((await pool.ask(4)).double, 8);
});

Deno.test("WorkerPool.ask() rejects if the worker's module cannot run, those who wait too", async () => {
  using pool = new WorkerPool<number, Doubled>(BROKEN, 1);
  const asked = [pool.ask(1), pool.ask(2)];
  await Promise.all(
    asked.map((answer) => assertRejects(() => answer, Error, "broken on purpose")),
  );
});

Deno.test("WorkerPool.ask() rejects when a thread cannot start", async () => {
  let started = 0;
  using pool = new WorkerPool<number, Doubled>(() => {
    if (started++ === 1) throw new Error("no more threads");
    return DOUBLING();
  }, 2);
  const work = inParallel([1, 2, 3], (number) => pool.ask(number), pool);
  await assertRejects(() => work, Error, "no more threads");
});

/** Starts threads, and counts those that were ended. */
function counting(): { start: () => Worker; ended: () => number } {
  let ended = 0;
  const start = () => {
    const worker = DOUBLING();
    const terminate = worker.terminate.bind(worker);
    worker.terminate = () => {
      ended++;
      terminate();
    };
    return worker;
  };
  return { start, ended: () => ended };
}

Deno.test("a WorkerPool that is disposed of ends its threads, and answers no more", async () => {
  const { start, ended } = counting();
  const pool = new WorkerPool<number, Doubled>(start, 3);
  await Promise.all([1, 2].map((number) => pool.ask(number)));
  pool[Symbol.dispose]();
  assertEquals(ended(), 2);
  await assertRejects(() => pool.ask(3), Error, "Cannot ask a thread: they have ended");
  assertEquals(ended(), 2);
});

Deno.test("a WorkerPool ends its threads while they work", async () => {
  const { start, ended } = counting();
  let isAnswered = false;
  {
    using pool = new WorkerPool<number, Doubled>(start, 1);
    await pool.ask(1);
    pool.ask(2).then(() => isAnswered = true);
    await delay(5); // It works for 20 ms.
  }
  assertEquals(ended(), 1);
  await delay(100);
  assertEquals(isAnswered, false);
});

Deno.test("a WorkerPool has at least one thread", () => {
  for (const limit of [0, -1, 1.5, NaN]) {
    assertThrows(() => new WorkerPool(DOUBLING, limit), RangeError, "Cannot start");
  }
});
