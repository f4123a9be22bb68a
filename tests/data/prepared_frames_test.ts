import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CITYSCAPES, PreparedFrames, zoomIn } from "../../lib/mod.ts";

/** Two frames of 4x2 pixels; each pixel's red is its label, which is its place in the frame. */
function twoFrames(): PreparedFrames {
  const labels = Uint8Array.from({ length: 16 }, (_, i) => i % 8);
  return new PreparedFrames({
    width: 4,
    height: 2,
    frames: ["a", "b"].map((id) => ({ id, image: `${id}.png` })),
    images: Uint8Array.from({ length: 48 }, (_, i) => i % 3 === 0 ? labels[i / 3]! : 100),
    labels,
  }, { split: "val", space: CITYSCAPES });
}

Deno.test("a sample has its frame's image, labels and truth in colours", () => {
  const { id, image, labels, truth } = twoFrames().sample(1);
  assertEquals([id, image.width, image.height, image.pixels.length], ["b", 4, 2, 24]);
  assertEquals([...labels], [0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals([...truth.pixels.subarray(0, 3)], [128, 64, 128]); // road
});

Deno.test("a random sample is one of the set, the same for the same seed", () => {
  const frames = twoFrames();
  const drawn = new Set(Array.from({ length: 50 }, (_, seed) => frames.randomSample(seed).id));
  assertEquals([...drawn].sort(), ["a", "b"]);
  assertEquals(frames.randomSample(7).id, frames.randomSample(7).id);
});

Deno.test("a subset has the chosen frames, also more than once", () => {
  const subset = twoFrames().subset([1, 0, 1]);
  assertEquals(subset.frames.map(({ id }) => id), ["b", "a", "b"]);
  assertEquals([subset.images.length, subset.labels.length], [72, 24]);
  assertEquals(subset.split, "val");
});

Deno.test("map() and mapAsync() change what is returned, and leave the set as it was", async () => {
  const frames = twoFrames();
  const before = [...frames.images];
  const dark = ({ image }: { image: { pixels: Uint8Array; width: number; height: number } }) => ({
    image: { ...image, pixels: image.pixels.map(() => 0) },
  });
  const told: number[] = [];
  const changed = await frames.mapAsync((sample) => Promise.resolve(dark(sample)), {
    onProgress: ({ done, total }) => told.push(done / total!),
  });
  assertEquals(told, [0.5, 1]);
  assert(changed.images.every((value) => value === 0));
  assertEquals(changed.labels, frames.labels);
  assertEquals(frames.map(dark).images, changed.images);
  assertEquals([...frames.images], before);
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(
    () => frames.mapAsync((sample) => Promise.resolve(sample), { signal }),
    Error,
    "enough",
  );
});

Deno.test("zoomIn() enlarges the middle of images and labels alike", () => {
  const frames = twoFrames();
  assertEquals(zoomIn(frames, 1).labels, frames.labels);
  const zoomed = zoomIn(frames, 2);
  // Of 4x2 pixels the middle 2x1 are 1 and 2, each of which becomes 2x2.
  assertEquals([...zoomed.sample(0).labels], [1, 1, 2, 2, 1, 1, 2, 2]);
  const reds = [...zoomed.sample(0).image.pixels].filter((_, i) => i % 3 === 0);
  assertEquals(reds, [1, 1, 2, 2, 1, 1, 2, 2]);
  for (const factor of [0.5, 3, NaN]) {
    assertThrows(() => zoomIn(frames, factor), RangeError, "expected a factor from 1 to 2");
  }
});

Deno.test("frames that there are not, and changes of another size, are refused", () => {
  const frames = twoFrames();
  for (const index of [2, -1, 0.5]) {
    assertThrows(() => frames.sample(index), RangeError, `Cannot take frame ${index}`);
    assertThrows(() => frames.subset([0, index]), RangeError, "there are 2, from 0 up");
  }
  const small = { pixels: Uint8Array.of(9, 9, 9), width: 1, height: 1 };
  assertThrows(
    () => frames.map(({ id }) => id === "b" ? { image: small } : {}),
    RangeError,
    "Cannot change the frame b: expected an image and labels of 4x2",
  );
});
