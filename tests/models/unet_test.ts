import { assertEquals, assertLess, assertThrows } from "@std/assert";
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

Deno.test("unet() begins with convolutions of variance 2 / fan-in, cut off at two deviations", async () => {
  const tf = await engine();
  const model = unet(tf, 3, { width: 32, depth: 2 });
  const kernels = model.layers.filter(({ name }) => /^(d|mid|c)\b.*\.[03]$/.test(name));
  assertEquals(kernels.length, 10);
  for (const kernel of kernels) {
    const [weights] = kernel.getWeights();
    const [height, width, channels] = weights!.shape as [number, number, number];
    const deviation = Math.sqrt(2 / (height * width * channels));
    const values = weights!.dataSync<"float32">().map((value) => value / deviation);
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    assertEquals(values.every((value) => Math.abs(value) < 2 + 1e-5), true);
    // Of the whole normal distribution the variance would be 1, of what is left it is 0.774.
    assertLess(Math.abs(variance - 0.774), 0.1);
    assertLess(Math.abs(mean), 0.1);
    assertEquals(new Set(values).size > values.length * 0.9, true);
  }
  assertEquals(new Set(kernels.map((layer) => layer.getWeights()[0]!.dataSync()[0])).size, 10);
  model.dispose();
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
