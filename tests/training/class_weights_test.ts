import { assertAlmostEquals, assertEquals } from "@std/assert";
import { balancedClassWeights, type PackedFrames } from "../../lib/mod.ts";

function packed(...labels: number[][]): PackedFrames {
  const frames = labels.map((_, i) => ({ id: `${i}`, image: "" }));
  const bytes = Uint8Array.from(labels.flat());
  return { frames, width: labels[0]!.length, height: 1, images: new Uint8Array(), labels: bytes };
}

Deno.test("class weights are by median frequency over the frames that have the class", () => {
  // Worked by hand: of the pixels that are not void in its frames, class 0 has 2 of 3 and 4 of 4,
  // so 6 of 7; class 1 has 1 of 3; class 2 has 1 of 2; the median of 6/7, 1/2, 1/3 is 1/2.
  const weights = balancedClassWeights(
    packed([0, 0, 1, 255], [0, 0, 0, 0], [2, 255, 255, 4]),
    4,
  );
  // Label 4 is of no class; it counts as a pixel of its frame all the same. Class 3 is nowhere.
  assertEquals(weights, [(1 / 2) / (6 / 7), (1 / 2) / (1 / 3), 1, 1]);
});

Deno.test("class weights of frames that are all void are 1", () => {
  assertEquals(balancedClassWeights(packed([255, 255], [255, 255]), 2), [1, 1]);
});

Deno.test("the median of an even number of classes lies between the two in the middle", () => {
  // Of ten pixels 4, 3, 2 and 1: the median of 0.1, 0.2, 0.3 and 0.4 is 0.25.
  const weights = balancedClassWeights(packed([0, 0, 0, 0, 1, 1, 1, 2, 2, 3]), 4);
  [0.625, 5 / 6, 1.25, 2.5].forEach((weight, i) => assertAlmostEquals(weights[i]!, weight));
});
