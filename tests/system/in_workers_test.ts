import { assertEquals, assertRejects } from "@std/assert";
import { inWorkers } from "../../lib/system/mod.ts";

const WORKER = import.meta.resolve("./_doubling_worker.ts");
const NO_WORKER = import.meta.resolve("./_broken_worker.ts");

Deno.test("inWorkers() gives each item's answer with its place", async () => {
  const answers: number[] = [];
  const threads = new Set<string>();
  await inWorkers<number, { double: number; thread: string }>(
    WORKER,
    [1, 2, 3, 4, 5],
    ({ double, thread }, index) => {
      answers[index] = double;
      threads.add(thread);
    },
    { limit: 2 },
  );
  assertEquals(answers, [2, 4, 6, 8, 10]);
  assertEquals(threads.size, 2);
});

Deno.test("inWorkers() with nothing to do does nothing", () =>
  inWorkers(WORKER, [], () => {
    throw new Error("an answer");
  }));

Deno.test("inWorkers() rejects with what the work throws and begins nothing more", async () => {
  const answers: number[] = [];
  const work = inWorkers<number, unknown>(
    WORKER,
    [1, -1, 2, 3],
    (_, index) => answers.push(index),
    { limit: 1 },
  );
  await assertRejects(() => work, RangeError, "Cannot double -1");
  assertEquals(answers, [0]);
});

Deno.test("inWorkers() rejects if the worker's module cannot run", async () => {
  await assertRejects(() => inWorkers(NO_WORKER, [1], () => {}), Error, "broken on purpose");
});

Deno.test("inWorkers() ends with the reason of an abort", async () => {
  const stop = new AbortController();
  const work = inWorkers(WORKER, [1, 2, 3], () => stop.abort(new Error("stopped")), {
    limit: 1,
    signal: stop.signal,
  });
  await assertRejects(() => work, Error, "stopped");
});
