import { assertEquals, assertRejects } from "@std/assert";
import { inWorkers } from "../../lib/system/mod.ts";

const start = (module: string) => () => new Worker(import.meta.resolve(module), { type: "module" });
const DOUBLING = start("./_doubling_worker.ts");
const BROKEN = start("./_broken_worker.ts");

Deno.test("inWorkers() gives each item's answer with its place", async () => {
  const answers: number[] = [];
  const threads = new Set<string>();
  await inWorkers<number, { double: number; thread: string }>(
    DOUBLING,
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
  inWorkers(DOUBLING, [], () => {
    throw new Error("an answer");
  }));

Deno.test("inWorkers() rejects with what the work throws and begins nothing more", async () => {
  const answers: number[] = [];
  const work = inWorkers<number, unknown>(
    DOUBLING,
    [1, -1, 2, 3],
    (_, index) => answers.push(index),
    { limit: 1 },
  );
  await assertRejects(() => work, RangeError, "Cannot double -1");
  assertEquals(answers, [0]);
});

Deno.test("inWorkers() rejects if the worker's module cannot run", async () => {
  await assertRejects(() => inWorkers(BROKEN, [1], () => {}), Error, "broken on purpose");
});

Deno.test("inWorkers() ends with the reason of an abort", async () => {
  const stop = new AbortController();
  const work = inWorkers(DOUBLING, [1, 2, 3], () => stop.abort(new Error("stopped")), {
    limit: 1,
    signal: stop.signal,
  });
  await assertRejects(() => work, Error, "stopped");
});

Deno.test("inWorkers() ends the threads that it has when the next cannot start", async () => {
  const started: Worker[] = [];
  const work = inWorkers(
    () => {
      if (started.length === 1) throw new Error("no more threads");
      started.push(DOUBLING());
      return started[0]!;
    },
    [1, 2, 3],
    () => {},
    { limit: 2 },
  );
  // Deno's sanitizer finds a thread that goes on.
  await assertRejects(() => work, Error, "no more threads");
});
