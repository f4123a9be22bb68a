import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { epochPlan } from "../../lib/mod.ts";

const OPTIONS = { frames: 10, batch: 3, seed: 1, epoch: 1, draws: 2 };

Deno.test("an epoch has each frame at most once, in batches of the same size", () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));
  fc.assert(fc.property(sizes, fc.nat(), fc.integer({ min: 1, max: 9 }), (size, seed, epoch) => {
    const [frames, batch] = size;
    const plan = epochPlan({ frames, batch, seed, epoch });
    const indices = plan.flatMap(({ indices }) => indices);
    assertEquals(plan.length, Math.floor(frames / batch));
    assertEquals(indices.length, new Set(indices).size);
    assert(indices.every((index) => index >= 0 && index < frames));
    assert(plan.every((batchPlan) => batchPlan.indices.length === batch));
  }));
});

Deno.test("order and draws follow from seed and epoch", () => {
  assertEquals(epochPlan(OPTIONS), epochPlan(OPTIONS));
  const draws = (changed: Partial<typeof OPTIONS>) =>
    epochPlan({ ...OPTIONS, ...changed }).map(({ draws }) => draws);
  for (const changed of [{ epoch: 2 }, { seed: 2 }]) {
    assertNotEquals(epochPlan(OPTIONS), epochPlan({ ...OPTIONS, ...changed }));
    assertNotEquals(draws({}), draws(changed));
  }
});

Deno.test("each frame has its own draws, all over 0 <= x < 1 also as float32", () => {
  const plan = epochPlan({ ...OPTIONS, frames: 999, draws: 4 });
  assert(plan.every(({ draws }) => draws.length === 3 && draws.every((row) => row.length === 4)));
  const all = plan.flatMap(({ draws }) => draws.flat());
  assert(all.every((draw) => draw >= 0 && draw < 1 && Math.fround(draw) === draw));
  assert(new Set(all).size > 0.99 * all.length);
  for (const decile of Array(10).keys()) {
    const share = all.filter((draw) => Math.floor(draw * 10) === decile).length / all.length;
    assert(Math.abs(share - 0.1) < 0.025, `${decile}: ${share}`);
  }
});

Deno.test("draws do not change the order of the frames", () => {
  const order = (draws: number) =>
    epochPlan({ ...OPTIONS, draws }).flatMap(({ indices }) => indices);
  assertEquals(order(0), order(7));
});
