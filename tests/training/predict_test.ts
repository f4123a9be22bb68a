import { assertEquals } from "@std/assert";
import { engine, predictTrainIds } from "../../lib/mod.ts";
import { redModel } from "./_red_model.ts";

Deno.test("predictTrainIds() gives the most likely class of each pixel", async () => {
  const tf = await engine(), model = redModel(tf);
  const before = tf.memory().numTensors;
  const images = tf.tensor4d([0.2, 0, 0, 0.9, 0, 0, 0.6, 0, 0, 0.4, 0, 0], [1, 2, 2, 3]);
  assertEquals([...await predictTrainIds(tf, { model, images })], [0, 1, 1, 0]);
  images.dispose();
  assertEquals(tf.memory().numTensors, before);
  model.dispose();
});

Deno.test("predictTrainIds() resizes logits with half-pixel centres, then chooses", async () => {
  const tf = await engine(), model = redModel(tf);
  // Logits of class 1: -1 and 0.5. At four columns their centres are at -0.25, 0.25, 0.75 and 1.25
  // between them: -1, -0.625, 0.125, 0.5.
  const images = tf.tensor4d([0, 0, 0, 0.75, 0, 0], [1, 1, 2, 3]);
  const size = { width: 4, height: 1 };
  assertEquals([...await predictTrainIds(tf, { model, images }, { size })], [0, 0, 1, 1]);
  images.dispose();
  model.dispose();
});
