import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { countPairs } from "../../lib/mod.ts";

Deno.test("countPairs() counts each pixel once, wherever the arrays begin in their buffers", () => {
  const pixels = fc.array(fc.tuple(fc.constantFrom(0, 7, 255), fc.constantFrom(0, 9, 255)), {
    maxLength: 40,
  });
  const offset = fc.integer({ min: 0, max: 5 });
  fc.assert(fc.property(pixels, offset, offset, (pixels, trueOffset, predictedOffset) => {
    const at = (offset: number, values: number[]) =>
      Uint8Array.from([...Array(offset).fill(1), ...values]).subarray(offset);
    const truth = at(trueOffset, pixels.map(([truth]) => truth));
    const predicted = at(predictedOffset, pixels.map(([, predicted]) => predicted));
    const expected = Map.groupBy(pixels, (pair) => pair.join());
    const actual = countPairs(truth, predicted)
      .map(({ truth, predicted, pixels }) => [`${truth},${predicted}`, pixels] as const);
    assertEquals(
      Object.fromEntries(actual),
      Object.fromEntries([...expected].map(([pair, { length }]) => [pair, length])),
    );
  }));
});
