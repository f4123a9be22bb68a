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

Deno.test("packBatch() and unpackBatch() mirror an image and its labels alike", async () => {
  const tf = await engine();
  const batch = packBatch(tf, PACKED, { indices: [1, 0], flips: [true, false] });
  const { images, labels } = unpackBatch(tf, batch);
  assertEquals([images.shape, labels.shape], [[2, 2, 3, 3], [2, 2, 3]]);
  assertEquals([images.dtype, labels.dtype], ["float32", "int32"]);
  assertEquals([...labels.dataSync()], [12, 11, 10, 15, 14, 13, 0, 1, 2, 3, 4, 5]);
  const values = [...images.dataSync()].map((value) => Math.round(value * 255));
  const expected = [2, 1, 0, 5, 4, 3].flatMap((p) => [p, 1, 255]);
  assertEquals(values.slice(0, 18), expected);
  assertEquals(values.slice(18), [0, 1, 2, 3, 4, 5].flatMap((p) => [p, 0, 255]));
  tf.dispose([images, labels, batch]);
});

Deno.test("packBatch() and unpackBatch() leave only their batch behind", async () => {
  const tf = await engine();
  const before = tf.memory().numTensors;
  const batch = packBatch(tf, PACKED, { indices: [0] });
  assertEquals(tf.memory().numTensors, before + 3);
  const unpacked = unpackBatch(tf, batch);
  assertEquals(tf.memory().numTensors, before + 5);
  tf.dispose([batch, { ...unpacked }]);
  assertEquals(PACKED.labels[0], 0);
});
