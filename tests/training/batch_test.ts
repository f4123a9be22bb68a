import { assertEquals } from "@std/assert";
import { engine, packBatch, type PackedFrames, unpackBatch } from "../../lib/mod.ts";

/** Two frames of 3x2 pixels: pixel p of frame f has the label 10f + p and the colour [p, f, 255]. */
const PACKED: PackedFrames = {
  frames: [{ id: "0", image: "" }, { id: "1", image: "" }],
  width: 3,
  height: 2,
  images: Uint8Array.from([0, 1].flatMap((f) => [0, 1, 2, 3, 4, 5].flatMap((p) => [p, f, 255]))),
  labels: Uint8Array.from([0, 1].flatMap((f) => [0, 1, 2, 3, 4, 5].map((p) => 10 * f + p))),
};

Deno.test("packBatch() and unpackBatch() give the frames in the order of the indices", async () => {
  const tf = await engine();
  const batch = packBatch(tf, PACKED, [1, 0]);
  const { images, labels } = unpackBatch(tf, batch);
  assertEquals([images.shape, labels.shape], [[2, 2, 3, 3], [2, 2, 3]]);
  assertEquals([images.dtype, labels.dtype], ["float32", "int32"]);
  assertEquals([...labels.dataSync()], [10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5]);
  const values = [...images.dataSync()].map((value) => Math.round(value * 255));
  assertEquals(values, [1, 0].flatMap((f) => [0, 1, 2, 3, 4, 5].flatMap((p) => [p, f, 255])));
  tf.dispose([images, labels, batch]);
});

Deno.test("packBatch() and unpackBatch() leave only their batch behind", async () => {
  const tf = await engine();
  const before = tf.memory().numTensors;
  const batch = packBatch(tf, PACKED, [0]);
  assertEquals(tf.memory().numTensors, before + 2);
  const unpacked = unpackBatch(tf, batch);
  assertEquals(tf.memory().numTensors, before + 4);
  tf.dispose([batch, unpacked]);
  assertEquals(PACKED.labels[0], 0);
});
