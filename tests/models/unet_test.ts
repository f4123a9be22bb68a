import { assertEquals, assertThrows } from "@std/assert";
import type { LayersModel, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { engine, passthrough, unet } from "../../lib/mod.ts";
import { golden } from "../_golden.ts";

interface UNetCase {
  classes: number;
  width: number;
  depth: number;
  parameters: number;
  names: string[];
  output: number[];
}

for (const expected of golden<UNetCase[]>("unets")) {
  const { classes, width, depth, parameters, names, output } = expected;
  Deno.test(`unet() of width ${width}, depth ${depth}, ${classes} classes is PyTorch's`, async () => {
    const tf = await engine();
    const model = unet(tf, classes, { width, depth });
    const trainable = model.trainableWeights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    assertEquals(trainable, parameters);
    assertEquals(torchNames(model), names);
    const logits = tf.tidy(() => (model.predict(tf.zeros([2, 32, 64, 3])) as Tensor4D).shape);
    assertEquals(logits, output as Tensor4D["shape"]);
    model.dispose();
  });
}

Deno.test("unet() with the same seed has the same weights, with another one others", async () => {
  const tf = await engine();
  const [a, b, c] = [0, 0, 1].map((seed) => {
    const model = unet(tf, 3, { width: 2, depth: 1, seed });
    const values = model.getWeights().map((weight) => [...weight.dataSync()]);
    model.dispose();
    return values;
  });
  assertEquals(a, b);
  assertEquals(JSON.stringify(a) === JSON.stringify(c), false);
});

Deno.test("a model gives its tensors back when it is disposed", async () => {
  const tf = await engine();
  unet(tf, 3, { width: 2, depth: 1 }).dispose(); // The first one makes tensors that tfjs keeps.
  const before = tf.memory().numTensors;
  unet(tf, 3, { width: 2, depth: 1 }).dispose();
  passthrough(tf, 3).dispose();
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("passthrough() is one 1x1 convolution", async () => {
  const tf = await engine();
  const model = passthrough(tf, 19);
  assertEquals(model.countParams(), 3 * 19 + 19);
  model.dispose();
});

Deno.test("a size that the U-Net's depth does not divide is refused", async () => {
  const tf = await engine();
  const model = unet(tf, 3, { width: 2, depth: 2 });
  assertThrows(() => tf.tidy(() => model.predict(tf.zeros([1, 6, 8, 3]))), Error);
  model.dispose();
});

function sizeOf(shape: (number | null)[]): number {
  return shape.reduce<number>((product, size) => product * size!, 1);
}

/** The names that PyTorch gives to the weights that tfjs calls `kernel`, `gamma`, `bias`, `beta`. */
function torchNames(model: LayersModel): string[] {
  const names = model.layers.flatMap((layer) =>
    layer.trainableWeights.map(({ originalName }) => {
      const isWeight = /(kernel|gamma)$/.test(originalName);
      return `${layer.name}.${isWeight ? "weight" : "bias"}`;
    })
  );
  return names.sort();
}
