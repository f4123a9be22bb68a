import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { smooth } from "../../lib/plot/mod.ts";

const curve = fc.array(fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true })));
const weight = fc.double({ min: 0, max: 0.999, noNaN: true });

Deno.test("smooth() keeps the gaps, and stays between the lowest and the highest value so far", () => {
  fc.assert(fc.property(curve, weight, (values, weight) => {
    const smoothed = smooth(values, weight);
    assertEquals(smoothed.map((value) => value === null), values.map((value) => value === null));
    smoothed.forEach((value, index) => {
      const past = values.slice(0, index + 1).filter((value) => value !== null);
      assert(
        value === null || value >= Math.min(...past) - 1e-3 && value <= Math.max(...past) + 1e-3,
      );
    });
  }));
});

Deno.test("smooth() starts at the first value, and leaves a constant as it is", () => {
  for (const value of smooth([7, 7, 7, 7], 0.99)) assertAlmostEquals(value!, 7, 1e-12);
});

Deno.test("smooth() takes NaN for a gap, and refuses a weight of 1", () => {
  assertEquals(smooth([NaN, 2], 0), [null, 2]);
  assertThrows(() => smooth([1], 1), RangeError, "expected a weight of 0 to below 1, got 1");
});
