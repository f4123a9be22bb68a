import { assertEquals } from "@std/assert";
import { engine, passthrough, predictTrainIds } from "../../lib/mod.ts";

/** Class 1 where the red of a pixel is above a half, else class 0. */
async function redModel() {
  const tf = await engine();
  const model = passthrough(tf, 2);
  tf.tidy(() =>
    model.setWeights([tf.tensor4d([0, 2, 0, 0, 0, 0], [1, 1, 3, 2]), tf.tensor1d([0, -1])])
  );
  return { tf, model };
}

Deno.test("predictTrainIds() gives the most likely class of each pixel", async () => {
  const { tf, model } = await redModel();
  const before = tf.memory().numTensors;
  const images = tf.tensor4d([0.2, 0, 0, 0.9, 0, 0, 0.6, 0, 0, 0.4, 0, 0], [1, 2, 2, 3]);
  assertEquals([...await predictTrainIds(tf, { model, images })], [0, 1, 1, 0]);
  images.dispose();
  assertEquals(tf.memory().numTensors, before);
  model.dispose();
});

Deno.test("predictTrainIds() resizes logits with half-pixel centres, then chooses", async () => {
  const { tf, model } = await redModel();
  // Logits of class 1: -1 and 0.5. At four columns their centres are at -0.25, 0.25, 0.75 and 1.25
  // between them: -1, -0.625, 0.125, 0.5.
  const images = tf.tensor4d([0, 0, 0, 0.75, 0, 0], [1, 1, 2, 3]);
  const size = { width: 4, height: 1 };
  assertEquals([...await predictTrainIds(tf, { model, images }, { size })], [0, 0, 1, 1]);
  images.dispose();
  model.dispose();
});
