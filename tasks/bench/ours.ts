// What the bench measures of this library. Each call measures one thing and prints one line of JSON
// with the milliseconds of its repetitions, of the loading of batches where they are loaded, and with
// the scores where some are computed:
//   ours.ts train  WIDTH BATCH SECONDS cpu|gpu fp32|tf32|bf16 HOW
//                HOW: stock|stock-kernels|eager|function|xla
//   ours.ts infer  WIDTH BATCH IMAGE_WIDTH IMAGE_HEIGHT SECONDS FOLDER WEIGHTS cpu|gpu fp32|tf32|bf16
//   ours.ts prepare FOLDER
//   ours.ts evaluate ROOT PREDICTIONS

import type { Scalar, Tensor } from "@tensorflow/tfjs-node-gpu";
import { join } from "node:path";
import {
  augment,
  countPredictions,
  decodeImage,
  decodeLabels,
  encodePng,
  engine,
  epochPlan,
  fit,
  type ImageSize,
  loadCheckpoint,
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
const WARM_UP = 2, FEWEST = 3;
const RATE = 1e-3;
/** Within an epoch the next batch is loaded while a step runs. */
const STEPS_PER_EPOCH = 8;

/** Milliseconds of each step after a warm-up, for some seconds and three steps at least. */
async function measured(step: () => unknown, seconds: number): Promise<number[]> {
  for (let index = 0; index < WARM_UP; index++) {
    await step();
    if (index === 0) console.log("first");
  }
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (times.length < FEWEST || performance.now() < end) {
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

/** What a work came to. */
interface Measured {
  ms: number[];
  loadingMs?: number[];
  scores?: Record<string, number | null>;
}

async function train(
  [width, batch, seconds]: number[],
  [device, precision, how]: string[],
): Promise<Measured> {
  const tf = await engineOn(device!, precision!, how !== "stock-kernels");
  if (how === "function" || how === "xla") {
    const options = { precision: precisionOf(precision!), xla: how === "xla" };
    return await trainByFit(tf, { width: width!, batch: batch!, seconds: seconds! }, options);
  }
  const packed = noise(batch!);
  const step = how === "eager" ? eagerStep(tf, width!, packed) : stockStep(tf, width!, packed);
  return { ms: await measured(step, seconds!) };
}

/** The steps of `fit()`, with all that belongs to them: loading, mirroring, the accuracy, the reports. */
async function trainByFit(
  tf: TensorFlow,
  { width, batch, seconds }: { width: number; batch: number; seconds: number },
  options: { precision: Precision; xla: boolean },
): Promise<Measured> {
  const model = unet(tf, CLASSES, { width });
  const optimizer = new Optimizer(tf, parametersOf(model));
  const packed = noise(batch * STEPS_PER_EPOCH);
  const ms: number[] = [];
  const ending = new AbortController();
  let steps = 0, last = 0, end = 0;
  const onStep = () => {
    const now = performance.now();
    steps++;
    if (steps === 1) console.log("first");
    if (steps <= WARM_UP) end = now + seconds * 1000;
    else ms.push(now - last);
    last = now;
    if (ms.length >= FEWEST && now >= end) ending.abort();
  };
  const { signal } = ending;
  const fitting = { batch, rate: RATE, budget: { epochs: Infinity }, onStep, signal, ...options };
  await fit(tf, { model, optimizer, packed }, fitting);
  return { ms, loadingMs: loadingMs(tf, packed, batch) };
}

/** The milliseconds that it takes to bring each batch of an epoch to the device. */
function loadingMs(tf: TensorFlow, packed: PackedFrames, batch: number): number[] {
  const plans = epochPlan({ frames: packed.frames.length, batch, seed: 0, epoch: 1 });
  return plans.map(({ indices }) => {
    const start = performance.now();
    tf.dispose(packBatch(tf, packed, indices));
    return performance.now() - start;
  });
}

type Step = () => Promise<number>;

/** The same step, op by op. */
function eagerStep(tf: TensorFlow, width: number, packed: PackedFrames): Step {
  const model = unet(tf, CLASSES, { width });
  const optimizer = new Optimizer(tf, parametersOf(model));
  const indices = packed.frames.map((_, i) => i);
  return async () => {
    const loss = tf.tidy(() => {
      const factors = tf.tensor1d(optimizer.nextFactors(RATE));
      const draws_BD = tf.tensor2d(indices.map((i) => [i % 2 / 2]));
      const plain = unpackBatch(tf, packBatch(tf, packed, indices));
      const batch = augment(tf, mirror(), { batch: plain, draws_BD });
      return trainStep(tf, { model, optimizer, batch, factors }).loss;
    });
    const [value] = await loss.data();
    loss.dispose();
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

/** Images from their pixels to label ids on disk. */
async function infer(
  [width, batch, imageWidth, imageHeight, seconds]: number[],
  [folder, weights, device, precision]: string[],
): Promise<Measured> {
  const tf = await engineOn(device!, precision!);
  const size = { width: imageWidth!, height: imageHeight! }, area = size.width * size.height;
  const pixels = tiles(batch!, size);
  const model = unet(tf, CLASSES, { width: width! });
  await loadCheckpoint(tf, weights!, { model });
  using predictor = new Predictor(tf, model, { precision: precisionOf(precision!) });
  const shape = [batch!, size.height, size.width] as const;
  const ms = await measured(async () => {
    const trainIds = await predictor.trainIds({ pixels, shape });
    for (let i = 0; i < batch!; i++) {
      const ids = trainIds.slice(i * area, (i + 1) * area).map((id) => id + 7);
      const png = await encodePng(ids, { ...size, channels: 1 });
      await Deno.writeFile(join(folder!, `ours_${i}.png`), png);
    }
  }, seconds!);
  return { ms };
}

/** Images [batch, height, width, 3] of tiles, each of one colour; peer.py makes the same. */
function tiles(batch: number, { width, height }: ImageSize): Uint8Array {
  const pixels = new Uint8Array(batch * height * width * 3);
  for (let i = 0; i < pixels.length; i++) {
    const pixel = Math.floor(i / 3), x = pixel % width, y = Math.floor(pixel / width) % height;
    pixels[i] = Math.floor(y / 64) * 37 + Math.floor(x / 64) * 91 + i % 3 * 53;
  }
  return pixels;
}

async function prepareFrames(root: string): Promise<Measured> {
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
  return { ms: [elapsed] };
}

async function evaluateFiles(root: string, predictions: string): Promise<Measured> {
  const dataset = openDataset("cityscapes", root);
  const start = performance.now();
  const counts = await countPredictions(dataset, await dataset.frames("train"), predictions);
  const result = officialResult(counts);
  const elapsed = performance.now() - start;
  const { averageScoreClasses, averageScoreInstClasses } = result;
  const scores = { "mean IoU": averageScoreClasses, "mean iIoU": averageScoreInstClasses };
  return { ms: [elapsed], scores };
}

const [name, ...rest] = Deno.args as [string, ...string[]];
const works: Record<string, () => Promise<Measured>> = {
  train: () => train(rest.slice(0, 3).map(Number), rest.slice(3)),
  infer: () => infer(rest.slice(0, 5).map(Number), rest.slice(5)),
  prepare: () => prepareFrames(rest[0]!),
  evaluate: () => evaluateFiles(rest[0]!, rest[1]!),
};
console.log(JSON.stringify(await works[name]!()));
Deno.exit();
