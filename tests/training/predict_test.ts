import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { engine, passthrough, Predictor, unet } from "../../lib/mod.ts";
import { redModel } from "./_red_model.ts";

Deno.test("a predictor gives the most likely class of each pixel", async () => {
  const tf = await engine(), model = redModel(tf);
  const before = tf.memory().numTensors;
  {
    using predictor = new Predictor(tf, model);
    const pixels = Uint8Array.of(50, 0, 0, 230, 0, 0, 150, 0, 0, 100, 0, 0);
    for (let repetition = 0; repetition < 2; repetition++) {
      const predicted = await predictor.trainIds({ pixels, shape: [1, 2, 2] });
      assertEquals(predicted, Uint8Array.of(0, 1, 1, 0));
    }
  }
  assertEquals(tf.memory().numTensors, before);
  model.dispose();
});

Deno.test("a predictor resizes logits with half-pixel centres, then chooses", async () => {
  const tf = await engine(), model = redModel(tf);
  using predictor = new Predictor(tf, model);
  // Logits of class 1: -1 and 0.5. At four columns their centres are at -0.25, 0.25, 0.75 and 1.25
  // between them: -1, -0.625, 0.125, 0.5.
  const images = { pixels: Uint8Array.of(0, 0, 0, 191, 0, 0), shape: [1, 1, 2] } as const;
  const size = { width: 4, height: 1 };
  assertEquals([...await predictor.trainIds(images, { size })], [0, 0, 1, 1]);
  assertEquals([...await predictor.trainIds(images)], [0, 1]);
  model.dispose();
});

Deno.test("a predictor takes any number of sizes, and compiles its model once", async () => {
  const tf = await engine(), model = redModel(tf);
  const apply = model.apply.bind(model);
  let traces = 0;
  model.apply = (...args) => {
    traces++;
    return apply(...args);
  };
  using predictor = new Predictor(tf, model);
  const images = { pixels: Uint8Array.of(0, 0, 0, 255, 0, 0), shape: [1, 1, 2] } as const;
  for (let width = 2; width < 40; width += 2) {
    const half = new Array(width / 2);
    const predicted = await predictor.trainIds(images, { size: { width, height: 1 } });
    assertEquals([...predicted], [...half.fill(0), ...half.slice().fill(1)]);
  }
  assertEquals(traces, 2);
  model.dispose();
});

Deno.test("a predictor refuses more classes than a byte tells apart", async () => {
  const tf = await engine(), model = passthrough(tf, 257);
  assertThrows(() => new Predictor(tf, model), RangeError, "at most 256 classes, got 257");
  model.dispose();
});

Deno.test("a size that the model does not take is named, and leaves no tensor", async () => {
  const tf = await engine(), model = unet(tf, 2, { width: 2, depth: 2 });
  const before = tf.memory().numTensors;
  {
    using predictor = new Predictor(tf, model);
    const predict = (width: number) =>
      predictor.trainIds({ pixels: new Uint8Array(4 * width * 3), shape: [1, 4, width] });
    const message = "Cannot apply the model unet to images of 6x4; it takes sizes that 2 ** depth";
    await assertRejects(() => predict(6), Error, message);
    assertEquals((await predict(8)).length, 32);
  }
  assertEquals(tf.memory().numTensors, before);
  model.dispose();
});

Deno.test("a size that there cannot be is refused, and leaves no tensor", async () => {
  const tf = await engine(), model = redModel(tf);
  using predictor = new Predictor(tf, model);
  const images = { pixels: Uint8Array.of(0, 0, 0), shape: [1, 1, 1] } as const;
  await predictor.trainIds(images);
  const before = tf.memory().numTensors;
  for (const width of [2.5, -1, NaN]) {
    const size = { width, height: 2 };
    await assertRejects(() => predictor.trainIds(images, { size }), RangeError, `got ${width}`);
  }
  assertEquals(tf.memory().numTensors, before);
  model.dispose();
});
