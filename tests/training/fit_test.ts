import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import {
  engine,
  fit,
  type FitOptions,
  Optimizer,
  type PackedFrames,
  parametersOf,
  passthrough,
  unet,
} from "../../lib/mod.ts";

/** Frames whose label says whether a pixel is bright, so that a 1x1 convolution can learn them. */
function brightness(count: number, size = 16): PackedFrames {
  const pixels = size * size;
  const images = new Uint8Array(count * pixels * 3), labels = new Uint8Array(count * pixels);
  for (let i = 0; i < labels.length; i++) {
    const bright = (i * 7919) % 13 > 6;
    images.fill(bright ? 220 : 30, i * 3, i * 3 + 3);
    labels[i] = i % 11 === 0 ? 255 : Number(bright);
  }
  const frames = Array.from({ length: count }, (_, i) => ({ id: `${i}`, image: `${i}.png` }));
  return { frames, width: size, height: size, images, labels };
}

async function fitWithAdam(model: LayersModel, packed: PackedFrames, options: FitOptions) {
  const tf = await engine();
  const optimizer = new Optimizer(tf, parametersOf(model));
  try {
    return await fit(tf, { model, packed, optimizer }, options);
  } finally {
    optimizer.dispose();
  }
}

Deno.test("fit() teaches a model, and the loss falls", async () => {
  const tf = await engine();
  const model = passthrough(tf, 2);
  const losses: number[] = [];
  await fitWithAdam(model, brightness(8), {
    budget: { epochs: 30 },
    batch: 4,
    rate: 0.1,
    onStep: ({ loss }) => losses.push(loss),
  });
  assertEquals(losses.length, 60);
  assertLess(losses.at(-1)!, 0.2);
  assertLess(losses.at(-1)!, losses[0]! / 3);
  model.dispose();
});

Deno.test("fit() gives the same losses for the same seed", async () => {
  const tf = await engine();
  const run = async (seed: number) => {
    const model = unet(tf, 2, { width: 2, depth: 1 });
    const losses: number[] = [];
    const options = { budget: { epochs: 2 }, batch: 2, seed };
    const onStep = ({ loss }: { loss: number }) => losses.push(loss);
    await fitWithAdam(model, brightness(6), { ...options, onStep });
    model.dispose();
    return losses;
  };
  const [a, b, c] = [await run(1), await run(1), await run(2)];
  a.forEach((loss, i) => assertLess(Math.abs(loss - b[i]!), 1e-4));
  assert(a.some((loss, i) => Math.abs(loss - c[i]!) > 1e-3));
});

Deno.test("fit() leaves no tensors but the model's", async () => {
  const tf = await engine();
  const model = passthrough(tf, 2);
  const before = tf.memory().numTensors;
  await fitWithAdam(model, brightness(4), { budget: { epochs: 1 }, batch: 2 });
  assertEquals(tf.memory().numTensors, before);
  model.dispose();
});

Deno.test("a signal ends the training after the steps under way", async () => {
  const tf = await engine();
  const model = passthrough(tf, 2);
  const controller = new AbortController();
  let steps = 0;
  const end = await fitWithAdam(model, brightness(12), {
    budget: { epochs: 100 },
    batch: 2,
    signal: controller.signal,
    onStep: () => ++steps === 3 && controller.abort(),
  });
  // While the third was reported, the fourth ran.
  assertEquals([steps, end.step, end.epoch], [4, 4, 1]);
  model.dispose();
});

Deno.test("fit() goes on from the step at which the optimizer is", async () => {
  const tf = await engine();
  const model = passthrough(tf, 2), optimizer = new Optimizer(tf, parametersOf(model));
  const seen: [step: number, epoch: number][] = [];
  const options: FitOptions = {
    budget: { epochs: 3 },
    batch: 2,
    onStep: ({ step, epoch }) => seen.push([step, epoch]),
  };
  optimizer.resume(3);
  const end = await fit(tf, { model, packed: brightness(4), optimizer }, options);
  assertEquals(seen, [[4, 2], [5, 3], [6, 3]]);
  assertEquals(end.step, 6);
  optimizer.dispose();
  model.dispose();
});

Deno.test("a batch larger than the set is refused", async () => {
  const tf = await engine();
  const model = passthrough(tf, 2);
  const fitting = () => fitWithAdam(model, brightness(4), { budget: { epochs: 1 } });
  await assertRejects(fitting, RangeError, "a batch of 8 is larger than the set of 4");
  model.dispose();
});

Deno.test("a loss that is not finite stops the training and names step and files", async () => {
  const tf = await engine();
  const model = passthrough(tf, 2);
  model.setWeights([tf.fill([1, 1, 3, 2], NaN), tf.zeros([2])]);
  const options = { budget: { epochs: 1 }, batch: 4 };
  const fitting = () => fitWithAdam(model, brightness(4), options);
  const { message } = await assertRejects(fitting, Error, "the loss is NaN in step 1 on ");
  assert(message.includes("0.png") && message.includes("3.png"), message);
  model.dispose();
});
