// Predicts the classes of images with a run's model:
//   deno task predict [--help]

import {
  checkImages,
  CHECKPOINTS,
  type Dataset,
  DEVICES,
  engine,
  openDataset,
  openRun,
  type Precision,
  predictFiles,
  PREDICTION_FORMATS,
  ProgressLine,
  type RunConfig,
  trainedModel,
} from "../lib/mod.ts";
import { choice, command, run, UsageError, writeJson } from "./_command.ts";
import { precisionOption, warnOfPrecision } from "./_precision.ts";

interface Options {
  run: string;
  runs: string;
  checkpoint: typeof CHECKPOINTS[number];
  images?: string;
  split?: string;
  out: string;
  json?: string;
  as: typeof PREDICTION_FORMATS[number];
  precision: Precision;
  device: RunConfig["device"];
}

const predict = command(
  "predict",
  "Predicts the classes of images with a run's model, at the images' own sizes, and writes PNGs of " +
    "the same names.",
)
  .requiredOption("--run <name>", "the run")
  .option("--images <folder>", "the images, in this folder and the folders in it")
  .option("--split <split>", "or those of a split of the run's dataset")
  .requiredOption("--out <folder>", "where to write")
  .option("--json <file>", "also write how many there were and how fast")
  .option("--runs <folder>", "the folder of all runs", "data/runs")
  .addOption(choice("--checkpoint <which>", "which weights of the run", CHECKPOINTS))
  .addOption(choice("--as <format>", "what to write", PREDICTION_FORMATS))
  .addOption(precisionOption())
  .addOption(choice("--device <name>", "where to compute", DEVICES));

await run(predict, async (signal) => {
  const options = predict.opts<Options>();
  const { out, as, precision } = options;
  const line = new ProgressLine();
  const folder = await openRun(options.runs, options.run);
  const { name, root } = folder.config.data;
  const images = imagesOf(options, openDataset(name, root));
  const tf = await engine({ device: options.device, onProgress: line.show, signal });
  warnOfPrecision(precision);
  const subject = { ...await trainedModel(tf, folder, options.checkpoint), images, out };
  const { size, images: resampling } = folder.config.frames;
  // Images that were made smaller on the fly are predicted at the size that they had.
  const note = options.split && await checkImages(root, folder.config.frames);
  const outSize = note && { outSize: note.original };
  const predicting = { size, resampling, as, precision, ...outSize, onProgress: line.show, signal };
  const start = performance.now();
  const count = await predictFiles(tf, subject, predicting);
  line.clear();
  const seconds = (performance.now() - start) / 1000;
  const imagesPerSecond = count / seconds;
  console.log(`${count} predictions in ${out}, ${imagesPerSecond.toFixed(2)} images/s`);
  if (options.json) await writeJson(options.json, { images: count, imagesPerSecond, seconds });
});

function imagesOf({ images, split }: Options, dataset: Dataset): string {
  if (images !== undefined && split !== undefined) {
    throw new UsageError("--images and --split exclude each other");
  }
  if (images !== undefined) return images;
  if (split !== undefined) return dataset.images(split);
  throw new UsageError("give --images <folder> or --split <split>");
}
