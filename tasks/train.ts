// Trains a model and scores it on the validation frames:
//   deno task train [--help]

import { Option } from "commander";
import {
  type Dataset,
  DATASETS,
  engine,
  engineInfo,
  evaluate,
  fit,
  openDataset,
  Optimizer,
  packFrames,
  parametersOf,
  passthrough,
  type ScheduleName,
  unet,
  writeSyntheticDataset,
} from "../lib/mod.ts";
import { command, imageSize, positiveNumber, run, wholeNumber } from "./_command.ts";
import { ProgressLine } from "./_progress.ts";

const DEFAULT_EPOCHS = 12;

interface Options {
  data: Dataset["name"];
  root?: string;
  val: string;
  size: { width: number; height: number };
  model: "unet" | "passthrough";
  width: number;
  depth: number;
  epochs?: number;
  minutes?: number;
  batch: number;
  lr: number;
  schedule: ScheduleName;
  seed: number;
  device: "auto" | "cpu" | "gpu";
}

const train = command("train", "Trains a model and scores it on the validation frames.")
  .addOption(new Option("--data <name>", "the dataset").choices(DATASETS).default("synthetic"))
  .option("--root <folder>", "the dataset's folder (default: data/<name>)")
  .option("--val <split>", "the split to validate on", "val")
  .option("--size <WxH>", "the size that frames are trained at", imageSize, imageSize("256x128"))
  .addOption(new Option("--model <name>").choices(["unet", "passthrough"]).default("unet"))
  .option("--width <n>", "the U-Net's channels at full resolution", wholeNumber(1), 16)
  .option("--depth <n>", "how often the U-Net halves the resolution", wholeNumber(1), 4)
  .option(
    "--epochs <n>",
    `passes over the training frames (default: ${DEFAULT_EPOCHS})`,
    wholeNumber(1),
  )
  .option("--minutes <m>", "how long to train, in place of --epochs", positiveNumber)
  .option("--batch <n>", "frames in a batch", wholeNumber(1), 8)
  .option("--lr <rate>", "the highest learning rate", positiveNumber, 1e-3)
  .addOption(
    new Option("--schedule <name>", "how the learning rate falls")
      .choices(["constant", "cosine", "poly"]).default("cosine"),
  )
  .option("--seed <n>", "seeds the weights and the order of frames", wholeNumber(0), 0)
  .addOption(new Option("--device <name>").choices(["auto", "cpu", "gpu"]).default("auto"));

await run(train, async (signal) => {
  const options = train.opts<Options>();
  const line = new ProgressLine();
  const root = options.root ?? `data/${options.data}`;
  if (options.data === "synthetic") {
    await writeSyntheticDataset(root, { onProgress: line.show, signal });
  }
  const dataset = openDataset(options.data, root);
  const frames = { train: await dataset.frames("train"), val: await dataset.frames(options.val) };
  const tf = await engine({ device: options.device, onProgress: line.show, signal });
  line.clear();
  const { version, device } = engineInfo()!;
  console.log(`TensorFlow ${version} on ${device.type}`);
  const packing = { size: options.size, onProgress: line.show, signal };
  const packed = await packFrames(dataset, frames.train, packing);
  const packedVal = await packFrames(dataset, frames.val, packing);
  const classes = dataset.space.classes;
  const model = options.model === "unet"
    ? unet(tf, classes.length, options)
    : passthrough(tf, classes.length, options);
  const { minutes, epochs = minutes === undefined ? DEFAULT_EPOCHS : undefined } = options;
  const optimizer = new Optimizer(tf, parametersOf(model));
  await fit(tf, { model, optimizer, packed }, {
    ...options,
    rate: options.lr,
    budget: { ...(epochs !== undefined && { epochs }), ...(minutes !== undefined && { minutes }) },
    signal,
    onStep: ({ epoch, step, loss, accuracy, imagesPerSecond, used }) =>
      line.show({
        task: "Training",
        done: Math.round(used * 1000),
        total: 1000,
        unit: "permille",
        figures: { epoch, step, loss, accuracy, "images/s": imagesPerSecond },
      }),
  });
  line.clear();
  const matrix = await evaluate(tf, { model, dataset, packed: packedVal }, {
    onProgress: line.show,
    signal,
  });
  line.clear();
  matrix.ious().forEach((iou, i) =>
    console.log(`${classes[i]!.name.padEnd(14)} ${iou?.toFixed(3) ?? "-"}`)
  );
  console.log(
    `mean IoU ${matrix.meanIou().toFixed(4)}  pixel accuracy ${matrix.pixelAccuracy().toFixed(4)}`,
  );
});
