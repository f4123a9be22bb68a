// What the bench measures of this library. Each call measures one thing and prints one line of JSON
// with the milliseconds of its repetitions:
//   ours.ts train  WIDTH BATCH SECONDS cpu|gpu fp32|tf32|bf16 HOW
//                HOW: stock|stock-kernels|eager|function|xla
//   ours.ts infer  WIDTH SECONDS FOLDER cpu|gpu fp32|tf32|bf16
//   ours.ts prepare FOLDER
//   ours.ts evaluate ROOT PREDICTIONS

import type {
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
} from "@tensorflow/tfjs-node-gpu";
import { join } from "node:path";
import {
  augment,
  compile,
  countPredictions,
  decodeImage,
  decodeLabels,
  encodePng,
  engine,
  mirror,
  officialResult,
  openDataset,
  Optimizer,
  packBatch,
  type PackedFrames,
  parametersOf,
  type Precision,
  Predictor,
  prepare,
  type TensorFlow,
  trainStep,
  unet,
  unpackBatch,
} from "../../lib/mod.ts";
import { stockUnet } from "./stock_unet.ts";

const SIZE = { width: 256, height: 128 }, CLASSES = 19, VOID = 255;
const WARM_UP = 2;
const RATE = 1e-3;

/** Milliseconds of each step after a warm-up, for some seconds and three steps at least. */
async function measured(step: () => unknown, seconds: number): Promise<number[]> {
  for (let index = 0; index < WARM_UP; index++) {
    await step();
    if (index === 0) console.log("first");
  }
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (times.length < 3 || performance.now() < end) {
    const start = performance.now();
    await step();
    times.push(performance.now() - start);
  }
  return times;
}

/** Frames of noise, the first rows void. */
function noise(count: number): PackedFrames {
  const { width, height } = SIZE;
  const images = Uint8Array.from({ length: count * width * height * 3 }, (_, i) => i * 7919 % 256);
  const labels = Uint8Array.from({ length: count * width * height }, (_, i) => i * 31 % CLASSES);
  for (let i = 0; i < count; i++) {
    labels.fill(VOID, i * width * height, i * width * height + 8 * width);
  }
  const frames = Array.from({ length: count }, (_, i) => ({ id: `${i}`, image: "" }));
  return { frames, ...SIZE, images, labels };
}

/** What the library calls a precision; TF32 is TensorFlow's way to compute float32 on a GPU. */
function precisionOf(precision: string): Precision {
  return precision === "bf16" ? "bf16" : "fp32";
}

/** The engine on a device; TensorFlow rounds to TF32 unless the environment forbids it. */
async function engineOn(
  device: string,
  precision: string,
  machineCode = true,
): Promise<TensorFlow> {
  if (precision === "fp32") Deno.env.set("NVIDIA_TF32_OVERRIDE", "0");
  else Deno.env.delete("NVIDIA_TF32_OVERRIDE");
  return await engine({ device: device as "cpu" | "gpu", machineCode });
}

async function train([width, batch, seconds]: number[], [device, precision, how]: string[]) {
  const tf = await engineOn(device!, precision!, how !== "stock-kernels");
  const packed = noise(batch!);
  const indices = packed.frames.map((_, i) => i);
  const step = how!.startsWith("stock")
    ? stockStep(tf, width!, packed)
    : ourStep(tf, width!, { how: how!, precision: precision! });
  return await measured(async () => {
    const batch = packBatch(tf, packed, indices);
    const loss = await step(batch);
    tf.dispose(batch);
    return loss;
  }, seconds!);
}

type Step = (batch: ReturnType<typeof packBatch>) => Promise<number>;

/** The step of `deno task train`, but for the accuracy that it reports. */
function ourStep(
  tf: TensorFlow,
  width: number,
  { how, precision }: { how: string; precision: string },
): Step {
  const model = unet(tf, CLASSES, { width });
  const optimizer = new Optimizer(tf, parametersOf(model));
  const augmentation = mirror();
  const options = { createsVariables: false, precision: precisionOf(precision) };
  const learn = (images: Tensor, labels: Tensor, factors: Tensor) => {
    const batch = { images: images as Tensor4D, labels: labels as Tensor3D };
    return trainStep(tf, { model, optimizer, batch, factors: factors as Tensor1D }).loss as Tensor;
  };
  const learned = how === "xla" ? compile(tf, learn, { ...options, xla: true }) : learn;
  const once = (...[images, labels, draws_BD, factors]: [Tensor4D, Tensor3D, Tensor2D, Tensor1D]) =>
    tf.tidy(() => {
      const plain = unpackBatch(tf, { images, labels });
      const batch = augment(tf, augmentation, { batch: plain, draws_BD });
      return learned(batch.images, batch.labels, factors);
    });
  const step = compile(tf, once, options);
  return async ({ images, labels }) => {
    const factors = tf.tensor1d(optimizer.nextFactors(RATE));
    const draws_BD = tf.tensor2d(Array.from({ length: images.shape[0] }, (_, i) => [i % 2 / 2]));
    const loss = how !== "eager"
      ? step.start(images, labels, draws_BD, factors)
      : { outputs: once(images, labels, draws_BD, factors), done: Promise.resolve() };
    await loss.done;
    const [value] = await loss.outputs.data();
    tf.dispose([factors, draws_BD, loss.outputs]);
    return value!;
  };
}

/** The step as tfjs's documentation has it: its own layers, optimizer and loss, op by op. */
function stockStep(tf: TensorFlow, width: number, packed: PackedFrames): Step {
  const model = stockUnet(tf, { classes: CLASSES, base: width, height: SIZE.height });
  const optimizer = tf.train.adam(RATE);
  const { images, labels } = tf.tidy(() => {
    const batch = unpackBatch(
      tf,
      packBatch(tf, packed, packed.frames.map((_, i) => i)),
    );
    const valid = batch.labels.less(CLASSES).cast("float32").expandDims(-1);
    const labels = tf.oneHot(batch.labels.flatten().minimum(CLASSES - 1).cast("int32"), CLASSES)
      .reshape([...batch.labels.shape, CLASSES]).mul(valid);
    return { images: batch.images, labels };
  });
  return async () => {
    const loss = optimizer.minimize(() => {
      const logits = model.apply(images, { training: true }) as Tensor;
      return tf.losses.softmaxCrossEntropy(labels, logits) as Scalar;
    }, true)!;
    const [value] = await loss.data();
    loss.dispose();
    return value!;
  };
}

async function infer(
  [width, seconds]: number[],
  [folder, device, precision]: string[],
) {
  const tf = await engineOn(device!, precision!);
  const size = { width: 2048, height: 1024 };
  const pixels = Uint8Array.from({ length: 2048 * 1024 * 3 }, (_, i) => i * 7919 % 256);
  const model = unet(tf, CLASSES, { width: width! });
  using predictor = new Predictor(tf, model, { precision: precisionOf(precision!) });
  return await measured(async () => {
    const trainIds = await predictor.trainIds({ pixels, shape: [1, size.height, size.width] });
    const ids = trainIds.map((id) => id + 7);
    await Deno.writeFile(join(folder!, "ours.png"), await encodePng(ids, { ...size, channels: 1 }));
  }, seconds!);
}

async function prepareFrames(root: string) {
  const dataset = openDataset("cityscapes", root);
  const folder = await Deno.makeTempDir();
  // Two frames first, as the peers do: that loads what decodes.
  await Promise.all(
    (await dataset.frames("train")).slice(0, 2)
      .flatMap(({ image, labels }) => [decodeImage(image), decodeLabels(labels!)]),
  );
  const start = performance.now();
  await prepare(dataset, "train", { size: SIZE, folder });
  const elapsed = performance.now() - start;
  await Deno.remove(folder, { recursive: true });
  return [elapsed];
}

async function evaluateFiles(root: string, predictions: string) {
  const dataset = openDataset("cityscapes", root);
  const start = performance.now();
  const counts = await countPredictions(dataset, await dataset.frames("train"), predictions);
  const result = officialResult(counts);
  const elapsed = performance.now() - start;
  const means = [result.averageScoreClasses, result.averageScoreInstClasses]
    .map((mean) => mean?.toFixed(9));
  console.error(`mean IoU ${means[0]}, mean iIoU ${means[1]}`);
  return [elapsed];
}

const [name, ...rest] = Deno.args as [string, ...string[]];
const works: Record<string, () => Promise<number[]>> = {
  train: () => train(rest.slice(0, 3).map(Number), rest.slice(3)),
  infer: () => infer(rest.slice(0, 2).map(Number), rest.slice(2)),
  prepare: () => prepareFrames(rest[0]!),
  evaluate: () => evaluateFiles(rest[0]!, rest[1]!),
};
console.log(JSON.stringify({ ms: await works[name]!() }));
Deno.exit();
