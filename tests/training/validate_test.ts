import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { engine, type Loss, type PackedFrames, validate } from "../../lib/mod.ts";
import { counting } from "../tensorflow/_counting.ts";
import { redModel } from "./_red_model.ts";

/** Five frames of 2x1 pixels, black or white, of which one pixel is void. */
const PACKED: PackedFrames = {
  frames: Array.from({ length: 5 }, (_, i) => ({ id: `${i}`, image: "" })),
  width: 2,
  height: 1,
  images: Uint8Array.from(
    [0, 1, 0, 0, 1, 1, 0, 0, 1, 0].flatMap((x) => [x, x, x].map((y) => y * 255)),
  ),
  labels: Uint8Array.of(0, 1, 0, 1, 1, 1, 255, 0, 1, 0),
};

for (const batch of [1, 2, 5, 8]) {
  Deno.test(`validate() in batches of ${batch} scores all frames by pixels`, async () => {
    const tf = await engine(), model = redModel(tf);
    const before = tf.memory().numTensors;
    const subject = { model, packed: PACKED, classes: 2 };
    const { loss, matrix } = await validate(tf, subject, { batch });
    assertEquals(tf.memory().numTensors, before);
    // Wrong in one pixel: that of class 1 which is black.
    assertEquals([...matrix.counts], [4, 0, 0, 1, 4, 0]);
    const right = Math.log(1 + Math.exp(-1)), wrong = Math.log(1 + Math.exp(1));
    assertAlmostEquals(loss, (8 * right + wrong) / 9, 1e-6);
    model.dispose();
  });
}

Deno.test("validate() tells the loss that it is given", async () => {
  const tf = await engine(), model = redModel(tf);
  const before = tf.memory().numTensors;
  // Batches of 2, 2 and 1 frames with 4, 3 and 2 pixels that are not void.
  const loss: Loss = (tf, { labels }) => tf.scalar(labels.shape[0]);
  const subject = { model, packed: PACKED, classes: 2 };
  const result = await validate(tf, subject, { batch: 2, loss });
  assertAlmostEquals(result.loss, (2 * 4 + 2 * 3 + 1 * 2) / 9, 1e-6);
  const stub = (() => {}) as unknown as Loss;
  await assertRejects(() => validate(tf, subject, { loss: stub }), TypeError, "got nothing");
  assertEquals(tf.memory().numTensors, before);
  model.dispose();
});

Deno.test("validate() tells its progress and stops at a signal", async () => {
  const tf = await engine(), model = redModel(tf);
  const controller = new AbortController();
  const done: number[] = [];
  const validating = validate(tf, { model, packed: PACKED, classes: 2 }, {
    batch: 2,
    signal: controller.signal,
    onProgress: (progress) => {
      done.push(progress.done);
      if (done.length === 2) controller.abort(new Error("stopped"));
    },
  });
  await assertRejects(() => validating, Error, "stopped");
  assertEquals(done, [2, 4]);
  model.dispose();
});

Deno.test("validate() has the next batch computed while it counts one", async () => {
  const tf = await engine(), model = redModel(tf);
  const subject = { model, packed: PACKED, classes: 2 };
  await counting(tf, async (begun) => {
    const seen: number[] = [];
    await validate(tf, subject, { batch: 2, onProgress: () => seen.push(begun()) });
    assertEquals(seen, [2, 3, 3]);
  });
  model.dispose();
});

Deno.test("validate() computes nothing once its signal is aborted", async () => {
  const tf = await engine(), model = redModel(tf);
  const subject = { model, packed: PACKED, classes: 2 };
  await counting(tf, async (begun) => {
    const signal = AbortSignal.abort(new Error("stopped"));
    await assertRejects(() => validate(tf, subject, { signal }), Error, "stopped");
    assertEquals(begun(), 0);
  });
  model.dispose();
});

Deno.test("validate() refuses batches of no frames", async () => {
  const tf = await engine(), model = redModel(tf);
  const packed = {
    frames: [],
    width: 1,
    height: 1,
    images: new Uint8Array(),
    labels: new Uint8Array(),
  };
  for (const batch of [0, 1.5]) {
    await assertRejects(
      () => validate(tf, { model, packed, classes: 2 }, { batch }),
      RangeError,
      `as a batch, got ${batch}`,
    );
  }
  model.dispose();
});
