// Makes a run of weights that PyTorch trained:
//   deno task import [--help]

import { Option } from "commander";
import {
  type Dataset,
  DATASETS,
  describeNetwork,
  engine,
  type ImageSize,
  importRun,
  openDataset,
  ProgressLine,
  type Resampling,
  RESAMPLINGS,
} from "../lib/mod.ts";
import { choice, command, run, sizeOption } from "./_command.ts";

interface Options {
  run: string;
  weights: string;
  runs: string;
  data: Dataset["name"];
  root?: string;
  val: string;
  size: ImageSize;
  images: Resampling;
}

const importing = command(
  "import",
  "Makes a run of weights that were trained in PyTorch, to score, submit and compare it as any other. " +
    "They are the state_dict of the network that deno task submit --format codalab writes " +
    "(model.py), saved by safetensors; it takes RGB in 0..1 and nothing more is done to images.",
)
  .requiredOption("--run <name>", "the new run's name")
  .requiredOption("--weights <file>", "a safetensors file")
  .addOption(
    new Option("--data <name>", "the dataset it was trained on").choices(DATASETS)
      .makeOptionMandatory(),
  )
  .option("--root <folder>", "the dataset's folder (default: data/<name>)")
  .option("--val <split>", "the split to validate on", "val")
  .addOption(sizeOption("--size <WxH>", "the size that it works at", "256x128"))
  .addOption(choice("--images <how>", "how images were made smaller", RESAMPLINGS))
  .option("--runs <folder>", "the folder of all runs", "data/runs");

await run(importing, async (signal) => {
  const { run: name, weights, runs, data, root, val, size, images } = importing.opts<Options>();
  const line = new ProgressLine();
  const tf = await engine({ onProgress: line.show, signal });
  line.clear();
  const { path, config: { model } } = await importRun(tf, runs, {
    ...{ name, weights, data: { name: data, root: root ?? `data/${data}`, val } },
    frames: { size, images },
  });
  const classes = openDataset(data, path).space.classes.length;
  console.log(`${describeNetwork({ ...model, classes })}; the run is in ${path}`);
  console.log(`Score it: deno task evaluate --run ${name}`);
});
