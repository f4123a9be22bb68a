import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Random } from "../../lib/system/mod.ts";

const draw = (...seeds: number[]) => {
  const random = new Random(...seeds);
  return Array.from({ length: 8 }, () => random.uniform());
};

Deno.test("Random gives the same numbers for the same seeds, others for others", () => {
  assertEquals(draw(1, 2), draw(1, 2));
  assertNotEquals(draw(1, 2), draw(2, 1));
  assertNotEquals(draw(1), draw(1, 0));
});

Deno.test("Random.uniform() is even over 0 to below 1", () => {
  const random = new Random(3);
  const counts = Array(10).fill(0);
  for (let i = 0; i < 10_000; i++) counts[Math.floor(random.uniform() * 10)]++;
  assert(counts.every((count) => Math.abs(count - 1000) < 150), counts.join());
});

Deno.test("Random.permutation() has each number once", () => {
  const order = new Random(4).permutation(100);
  assertEquals([...order].sort((a, b) => a - b), [...Array(100).keys()]);
  assertNotEquals(order, [...Array(100).keys()]);
});
