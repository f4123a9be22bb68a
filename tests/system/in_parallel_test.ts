import { assertEquals, assertRejects } from "@std/assert";
import { inParallel } from "../../lib/system/mod.ts";

/** Lets other work go on. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

Deno.test("inParallel() works on all items, at most so many at a time", async () => {
  let under = 0, most = 0;
  const done: number[] = [];
  await inParallel([1, 2, 3, 4, 5], async (item) => {
    most = Math.max(most, ++under);
    await pause();
    under--;
    done.push(item);
  }, { limit: 2 });
  assertEquals([done.toSorted(), most], [[1, 2, 3, 4, 5], 2]);
});

Deno.test("inParallel() begins nothing after a failure and leaves nothing under way", async () => {
  const begun: number[] = [];
  let under = 0;
  const working = () =>
    inParallel([1, 2, 3, 4, 5], async (item) => {
      begun.push(item);
      if (item === 1) throw new Error("item 1 fails");
      under++;
      await pause();
      under--;
    }, { limit: 2 });
  await assertRejects(working, Error, "item 1 fails");
  assertEquals([begun, under], [[1, 2], 0]);
});

Deno.test("inParallel() begins nothing where it is aborted already", async () => {
  let begun = 0;
  const signal = AbortSignal.abort(new Error("stopped"));
  const working = () => inParallel([1, 2], () => Promise.resolve(begun++), { signal });
  await assertRejects(working, Error, "stopped");
  assertEquals(begun, 0);
});

Deno.test("inParallel() begins nothing after an abort", async () => {
  const controller = new AbortController();
  let begun = 0;
  const working = () =>
    inParallel([1, 2, 3, 4], async () => {
      begun++;
      await pause();
      controller.abort(new Error("stopped"));
    }, { limit: 2, signal: controller.signal });
  await assertRejects(working, Error, "stopped");
  assertEquals(begun, 2);
});
