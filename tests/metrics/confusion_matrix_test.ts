import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ConfusionMatrix } from "../../lib/metrics/mod.ts";

const VOID = 255;

/** Worked by hand: 3 classes, class 2 never true nor predicted; one void pixel. */
function handMade(): ConfusionMatrix {
  const matrix = new ConfusionMatrix(3);
  matrix.add(Uint8Array.of(0, 0, 0, 1, 1, VOID), Uint8Array.of(0, 0, 1, 1, 0, 1));
  return matrix;
}

Deno.test("ious() divides true positives by true, false positive and false negative pixels", () => {
  // Class 0: TP 2, FN 1, FP 1. Class 1: TP 1, FN 1, FP 1; the void pixel's 1 does not count.
  assertEquals(handMade().ious(), [2 / 4, 1 / 3, null]);
});

Deno.test("meanIou() leaves out a class that is neither true nor predicted", () => {
  assertAlmostEquals(handMade().meanIou(), (2 / 4 + 1 / 3) / 2);
});

Deno.test("a class that is predicted but never true counts as 0", () => {
  const matrix = new ConfusionMatrix(2);
  matrix.add(Uint8Array.of(0, 0), Uint8Array.of(0, 1));
  assertEquals(matrix.ious(), [1 / 2, 0]);
});

Deno.test("pixelAccuracy() is the share of right pixels among those that are not void", () => {
  assertAlmostEquals(handMade().pixelAccuracy(), 3 / 5);
});

Deno.test("a prediction that is no class is a miss, not a false positive of another class", () => {
  const matrix = new ConfusionMatrix(2);
  matrix.add(Uint8Array.of(0, 0, 1), Uint8Array.of(0, VOID, 1));
  assertEquals(matrix.ious(), [1 / 2, 1]);
  assertAlmostEquals(matrix.pixelAccuracy(), 2 / 3);
});

Deno.test("counts are those of the whole set, however it is cut into batches", () => {
  const pixels = fc.array(
    fc.tuple(fc.constantFrom(0, 1, 2, 3, VOID), fc.integer({ min: 0, max: 3 })),
  );
  fc.assert(fc.property(pixels, fc.nat(), (pairs, cut) => {
    const truth = Uint8Array.from(pairs, ([t]) => t),
      predicted = Uint8Array.from(pairs, ([, p]) => p);
    const whole = new ConfusionMatrix(4), parts = new ConfusionMatrix(4);
    whole.add(truth, predicted);
    const at = cut % (pairs.length + 1);
    parts.add(truth.subarray(0, at), predicted.subarray(0, at));
    parts.add(truth.subarray(at), predicted.subarray(at));
    assertEquals(parts.counts, whole.counts);
  }));
});

Deno.test("images of different sizes cannot be compared", () => {
  assertThrows(() => new ConfusionMatrix(2).add(new Uint8Array(2), new Uint8Array(3)), RangeError);
});

Deno.test("add() takes train ids of 32 bits, and what is no class among them as a miss", () => {
  const matrix = new ConfusionMatrix(2);
  matrix.add(Uint8Array.of(0, 0, 1, 1, 1), Int32Array.of(0, -1, 256, 257, 1));
  assertEquals([...matrix.counts], [1, 0, 1, 0, 1, 2]);
});

Deno.test("255 classes, the most there can be, leave void apart", () => {
  const matrix = new ConfusionMatrix(255);
  matrix.add(Uint8Array.of(254, 254, VOID), Int32Array.of(254, VOID, 254));
  assertEquals([matrix.at(254, 254), matrix.at(254, 255)], [1, 1]);
  assertEquals(matrix.pixelAccuracy(), 1 / 2);
  assertThrows(() => new ConfusionMatrix(256), RangeError);
});

Deno.test("count() takes what is no class as add() does", () => {
  const counted = new ConfusionMatrix(3), added = new ConfusionMatrix(3);
  for (const predicted of [0, 2, 3, -1, 300]) {
    counted.count(1, predicted, 1);
    added.add(Uint8Array.of(1), Int32Array.of(predicted));
  }
  counted.count(-1, 0, 1);
  assertEquals(counted.counts, added.counts);
  assertEquals(counted.at(1, 3), 3);
});
