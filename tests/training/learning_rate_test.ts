import { assertAlmostEquals, assertEquals } from "@std/assert";
import { learningRate } from "../../lib/mod.ts";

Deno.test("cosine is half the peak in the middle and 0 at the end", () => {
  assertAlmostEquals(learningRate(2, 0.5, { schedule: "cosine" }), 1);
  assertAlmostEquals(learningRate(2, 1, { schedule: "cosine" }), 0);
});

Deno.test("poly falls as (1 - progress) ** 0.9", () => {
  assertAlmostEquals(learningRate(1, 0.5, { schedule: "poly" }), 0.5358867312681466);
});

Deno.test("constant stays at the peak", () => {
  assertEquals(learningRate(2, 0.99, { schedule: "constant" }), 2);
});

Deno.test("warm-up rises linearly to the peak, from which the schedule begins", () => {
  const options = { schedule: "cosine", warmUp: 0.2 } as const;
  assertAlmostEquals(learningRate(1, 0.1, options), 0.5);
  assertEquals(learningRate(1, 0.2, options), 1);
  assertAlmostEquals(learningRate(1, 0.6, options), 0.5);
});
