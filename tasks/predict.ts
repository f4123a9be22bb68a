// Predicts the classes of images with a run's model:
//   deno task predict [--help]

import { Option } from "commander";
import {
  CHECKPOINTS,
  DEVICES,
  engine,
  openRun,
  predictFiles,
  PREDICTION_FORMATS,
  type RunConfig,
  trainedModel,
} from "../lib/mod.ts";
import { command, run } from "./_command.ts";
import { ProgressLine } from "./_progress.ts";

interface Options {
  run: string;
  runs: string;
  checkpoint: typeof CHECKPOINTS[number];
  images: string;
  out: string;
  as: typeof PREDICTION_FORMATS[number];
  device: RunConfig["device"];
}

const choice = (flags: string, about: string, choices: readonly string[]) =>
  new Option(flags, about).choices(choices).default(choices[0]);

const predict = command(
  "predict",
  "Predicts the classes of images with a run's model, at the images' own sizes, and writes PNGs of " +
    "the same names.",
)
  .requiredOption("--run <name>", "the run")
  .requiredOption("--images <folder>", "the images, in this folder and the folders in it")
  .requiredOption("--out <folder>", "where to write")
  .option("--runs <folder>", "the folder of all runs", "data/runs")
  .addOption(choice("--checkpoint <which>", "which weights of the run", CHECKPOINTS))
  .addOption(choice("--as <format>", "what to write", PREDICTION_FORMATS))
  .addOption(choice("--device <name>", "where to compute", DEVICES));

await run(predict, async (signal) => {
  const options = predict.opts<Options>();
  const { images, out, as } = options;
  const line = new ProgressLine();
  const folder = await openRun(options.runs, options.run);
  const tf = await engine({ device: options.device, onProgress: line.show, signal });
  const subject = { ...await trainedModel(tf, folder, options.checkpoint), images, out };
  const { size, images: resampling } = folder.config.frames;
  const predicting = { size, resampling, as, onProgress: line.show, signal };
  const start = performance.now();
  const count = await predictFiles(tf, subject, predicting);
  line.clear();
  const rate = count / (performance.now() - start) * 1000;
  console.log(`${count} predictions in ${out}, ${rate.toFixed(2)} images/s`);
});
