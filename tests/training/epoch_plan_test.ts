import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { epochPlan } from "../../lib/mod.ts";

const OPTIONS = { frames: 10, batch: 3, seed: 1, epoch: 1, flip: true };

Deno.test("an epoch has each frame at most once, in batches of the same size", () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));
  fc.assert(fc.property(sizes, fc.nat(), fc.integer({ min: 1, max: 9 }), (size, seed, epoch) => {
    const [frames, batch] = size;
    const plan = epochPlan({ frames, batch, seed, epoch, flip: false });
    const indices = plan.flatMap(({ indices }) => indices);
    assertEquals(plan.length, Math.floor(frames / batch));
    assertEquals(indices.length, new Set(indices).size);
    assert(indices.every((index) => index >= 0 && index < frames));
    assert(plan.every((batchPlan) => batchPlan.indices.length === batch));
  }));
});

Deno.test("order and mirroring follow from seed and epoch", () => {
  assertEquals(epochPlan(OPTIONS), epochPlan(OPTIONS));
  assertNotEquals(epochPlan(OPTIONS), epochPlan({ ...OPTIONS, epoch: 2 }));
  assertNotEquals(epochPlan(OPTIONS), epochPlan({ ...OPTIONS, seed: 2 }));
});

Deno.test("about half of the frames are mirrored, or none", () => {
  const count = (flip: boolean) =>
    epochPlan({ ...OPTIONS, frames: 1000, flip })
      .flatMap(({ flips }) => flips).filter(Boolean).length;
  assert(Math.abs(count(true) - 500) < 80, `${count(true)}`);
  assertEquals(count(false), 0);
});

Deno.test("a flip does not change the order of the frames", () => {
  const order = (flip: boolean) =>
    epochPlan({ ...OPTIONS, flip }).flatMap(({ indices }) => indices);
  assertEquals(order(true), order(false));
});
