import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-node-gpu";
import {
  type Augmentation,
  AUGMENTATIONS,
  crossEntropy,
  engine,
  fit,
  type FitOptions,
  type Loss,
  namedAugmentations,
  Optimizer,
  type PackedFrames,
  parametersOf,
  passthrough,
  type TensorFlow,
  unet,
} from "../../lib/mod.ts";

type ConvolutionOptions = Parameters<TensorFlow["layers"]["conv2d"]>[0];

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

Deno.test("a model's regularizers pull at its weights, and are not in the loss", async () => {
  const tf = await engine();
  const rate = 0.1, l2 = 0.2;
  const convolution = (filters: number, options: Partial<ConvolutionOptions> = {}) =>
    tf.layers.conv2d({
      ...{ filters, kernelSize: 1, kernelInitializer: "ones" },
      kernelRegularizer: tf.regularizers.l2({ l2 }),
      ...options,
    });
  const inputShape = [16, 16, 3], input = tf.input({ shape: inputShape });
  const plain = tf.layers.conv2d({
    ...{ filters: 2, kernelSize: 1, kernelInitializer: "ones", inputShape },
  });
  const inner = tf.sequential({ layers: [convolution(3, { inputShape })] });
  const shared = convolution(3);
  const outputs = convolution(2).apply(shared.apply(shared.apply(input))) as SymbolicTensor;
  // The gradient of l2 w^2 is 2 l2 w.
  const models: [name: string, model: LayersModel, weight: number][] = [
    ["no regularizer", tf.sequential({ layers: [plain] }), 1],
    ["one", tf.sequential({ layers: [convolution(2, { inputShape })] }), 1 - rate * 2 * l2],
    ["in a model", tf.sequential({ layers: [inner, convolution(2)] }), 1 - rate * 2 * l2],
    ["used twice", tf.model({ inputs: input, outputs }), 1 - rate * 2 * l2],
  ];
  for (const [name, model, expected] of models) {
    const packed = brightness(2);
    // Where all is void the loss is 0 whatever the weights are.
    packed.labels.fill(255);
    const losses: number[] = [];
    const optimizer = new Optimizer(tf, parametersOf(model), { name: "sgd" });
    await fit(tf, { model, packed, optimizer }, {
      ...{ budget: { epochs: 1 }, batch: 2, rate },
      onStep: ({ loss }) => losses.push(loss),
    });
    assertEquals(losses, [0], name);
    for (const kernel of model.getWeights().filter(({ rank }) => rank === 4)) {
      assertAlmostEquals(kernel.dataSync()[0]!, expected, 1e-6, name);
    }
    optimizer.dispose();
    model.dispose();
  }
});

/** The losses of six steps of a small U-Net with all augmentations. */
async function augmentedLosses(options: Pick<FitOptions, "seed" | "xla">): Promise<number[]> {
  const model = unet(await engine(), 2, { width: 2, depth: 1 });
  const losses: number[] = [];
  const augmentation = namedAugmentations(AUGMENTATIONS);
  await fitWithAdam(model, brightness(6), {
    ...{ budget: { epochs: 2 }, batch: 2, augmentation, ...options },
    onStep: ({ loss }) => losses.push(loss),
  });
  model.dispose();
  return losses;
}

Deno.test("fit() gives the same losses for the same seed", async () => {
  const [a, b, c] = [
    await augmentedLosses({ seed: 1 }),
    await augmentedLosses({ seed: 1 }),
    await augmentedLosses({ seed: 2 }),
  ];
  a.forEach((loss, i) => assertLess(Math.abs(loss - b[i]!), 1e-4));
  assert(a.some((loss, i) => Math.abs(loss - c[i]!) > 1e-3));
});

Deno.test("fit() gives the same losses where XLA compiles the step, whatever the augmentation", async () => {
  const [byXla, byOps] = [
    await augmentedLosses({ xla: true }),
    await augmentedLosses({ xla: false }),
  ];
  assertEquals(byXla.length, 6);
  byXla.forEach((loss, i) => assertLess(Math.abs(loss - byOps[i]!), 1e-4 * loss));
});

Deno.test("fit() leaves no tensors but the model's", async () => {
  const tf = await engine();
  const model = passthrough(tf, 2);
  const before = tf.memory().numTensors;
  const options: FitOptions = { budget: { epochs: 1 }, batch: 2 };
  for (const names of [["mirror"], AUGMENTATIONS, []] as const) {
    const augmentation = namedAugmentations(names);
    for (const xla of [false, true]) {
      await fitWithAdam(model, brightness(4), { ...options, augmentation, xla });
    }
  }
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
  assertEquals([end.step, end.epoch], [6, 3]);
  optimizer.dispose();
  model.dispose();
});

Deno.test("a step that cannot be compiled is not counted", async () => {
  const tf = await engine();
  const model = passthrough(tf, 2), optimizer = new Optimizer(tf, parametersOf(model));
  const loss: Loss = (tf, { logits }) => tf.scalar(logits.dataSync()[0]!);
  const options = { budget: { epochs: 1 }, batch: 2, loss };
  const fitting = () => fit(tf, { model, packed: brightness(4), optimizer }, options);
  await assertRejects(fitting, Error, "reads the values");
  assertEquals(optimizer.steps, 0);
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

Deno.test("options that there cannot be are refused before anything is changed", async () => {
  const tf = await engine(), model = passthrough(tf, 2), before = model.getWeights();
  const wrong: [object, string][] = [
    [{ batch: 0 }, "a whole number of 1 or more as a batch, got 0"],
    [{ rate: -1 }, "a rate above 0, got -1"],
    [{ rate: NaN }, "a rate above 0, got NaN"],
    [{ schedule: "linear" }, "a schedule of constant, cosine, poly, got linear"],
    [{ warmUp: 1 }, "a warm-up of 0 or more and below 1, got 1"],
    [{ seed: NaN }, "a seed, got NaN"],
    [{ classWeights: [1] }, "2 class weights of 0 or more, got 1"],
    [{ classWeights: [1, -1] }, "2 class weights of 0 or more, got 1, -1"],
  ];
  for (const [option, message] of wrong) {
    const options = { budget: { epochs: 1 }, batch: 4, ...option };
    await assertRejects(() => fitWithAdam(model, brightness(4), options), RangeError, message);
  }
  assertEquals(model.getWeights().map((w) => w.dataSync()), before.map((w) => w.dataSync()));
  assertThrows(
    () => new Optimizer(tf, [], { name: "rmsprop" as "sgd" }),
    RangeError,
    "a name of adam, sgd, got rmsprop",
  );
  assertThrows(
    () => namedAugmentations(["flip" as "zoom"]),
    RangeError,
    "an augmentation of mirror, zoom, recolor, got flip",
  );
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

/** The losses of the first two epochs of a model that always begins the same. */
async function firstLosses(options: Partial<FitOptions>): Promise<number[]> {
  const tf = await engine();
  const model = passthrough(tf, 2);
  const losses: number[] = [];
  const onStep = ({ loss }: { loss: number }) => losses.push(loss);
  try {
    const all = { budget: { epochs: 2 }, batch: 2, rate: 0.1, ...options, onStep };
    await fitWithAdam(model, brightness(4), all);
  } finally {
    model.dispose();
  }
  return losses;
}

Deno.test("an augmentation that gives nothing trains on the plain batch", async () => {
  const stub: Augmentation = { draws: 2, apply: () => {} };
  assertEquals(
    await firstLosses({ augmentation: stub }),
    await firstLosses({ augmentation: namedAugmentations([]) }),
  );
});

Deno.test("fit() trains on what the augmentation gives, with draws that change", async () => {
  // All pixels void but for those of frames whose draw is high.
  const half: Augmentation = {
    draws: 1,
    apply: (tf, { images, labels }, draws_BD) => ({
      images,
      labels: tf.where(
        draws_BD.less(0.5).expandDims(-1),
        tf.fill(labels.shape, 255, "int32"),
        labels,
      ),
    }),
  };
  const losses = await firstLosses({ augmentation: half, batch: 1, budget: { epochs: 10 } });
  const share = losses.filter((loss) => loss === 0).length / losses.length;
  assert(share > 0.2 && share < 0.8, `${share}`);
});

Deno.test("fit() makes the loss small that it is given", async () => {
  // It wants logits of 3, whatever the labels.
  const loss: Loss = (_tf, { logits }) => logits.sub(3).square().mean();
  const losses = await firstLosses({ loss, budget: { epochs: 100 } });
  assertLess(1, losses[0]!);
  assertLess(losses.at(-1)!, 0.01);
});

Deno.test("fit() weights the classes in cross-entropy as they say", async () => {
  const classWeights = [1, 5];
  const loss: Loss = (tf, batch) => crossEntropy(tf, batch, { classWeights });
  const [weighted, plain] = [await firstLosses({ classWeights }), await firstLosses({})];
  assertEquals(weighted, await firstLosses({ loss }));
  assert(weighted.some((loss, i) => Math.abs(loss - plain[i]!) > 1e-3));
});

const WRONG_LOSSES: [name: string, loss: (...args: Parameters<Loss>) => unknown, got: string][] = [
  ["nothing", () => {}, "nothing"],
  ["a number", () => 1, "a number"],
  ["a loss for each pixel", (_tf, { logits }) => logits.mean(-1), "float32 [2, 16, 16]"],
  ["a list of one", (_tf, { logits }) => logits.mean().reshape([1]), "float32 [1]"],
  ["a count", (_tf, { labels }) => labels.sum(), "int32 []"],
];
for (const [name, loss, got] of WRONG_LOSSES) {
  Deno.test(`fit() refuses a loss that gives ${name}`, async () => {
    const fitting = () => firstLosses({ loss: loss as Loss });
    const { message } = await assertRejects(fitting, TypeError);
    assertEquals(message, `Cannot compute the loss: expected a scalar, float32 [], got ${got}`);
  });
}

Deno.test("fit() refuses an augmentation that changes the form of a batch", async () => {
  const tf = await engine();
  const before = tf.memory().numTensors;
  const augmentation: Augmentation = {
    draws: 0,
    apply: (_tf, { images, labels }) => ({
      images: images.slice([0, 0, 0, 0], [-1, 8, 8, 3]),
      labels,
    }),
  };
  const message =
    "expected images float32 [2, 16, 16, 3] from the augmentation, got float32 [2, 8, 8";
  await assertRejects(() => firstLosses({ augmentation }), TypeError, message);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("fit() refuses class weights beside a loss of one's own", async () => {
  const fitting = () => firstLosses({ loss: crossEntropy, classWeights: [1, 1] });
  await assertRejects(fitting, TypeError, "expected a loss or class weights, got both");
});

Deno.test("fit() refuses batches and budgets that make no training", async () => {
  const model = passthrough(await engine(), 2);
  const before = model.getWeights().map((weight) => [...weight.dataSync()]);
  const refused: [Partial<FitOptions>, string][] = [
    ...[0, -1, 1.5, NaN].map((batch) => [{ batch }, `got ${batch}`] as [FitOptions, string]),
    [{ budget: { epochs: 0 } }, "expected a budget of epochs above 0, got 0"],
    [{ budget: { minutes: -1 } }, "expected a budget of minutes above 0, got -1"],
  ];
  for (const [options, message] of refused) {
    const training = fitWithAdam(model, brightness(4), {
      budget: { epochs: 1 },
      batch: 2,
      ...options,
    });
    await assertRejects(() => training, RangeError, message);
  }
  assertEquals(model.getWeights().map((weight) => [...weight.dataSync()]), before);
  model.dispose();
});
