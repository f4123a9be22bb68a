// Draws or prepares a dataset ahead of training:
//   deno task prepare [--help]

import {
  type Dataset,
  DATASETS,
  type ImageSize,
  openDataset,
  prepare,
  ProgressLine,
  type Resampling,
  RESAMPLINGS,
} from "../lib/mod.ts";
import { choice, command, run, sizeOption } from "./_command.ts";
import { drawIfSynthetic, type DrawingOptions, withDrawingOptions } from "./_drawing.ts";

interface Options extends DrawingOptions {
  data: Dataset["name"];
  root?: string;
  split: string[];
  size: ImageSize;
  images: Resampling;
}

const preparing = withDrawingOptions(
  command(
    "prepare",
    "Brings a dataset's frames to the training size, once. Training does it by itself; here it can " +
      "be done ahead. What is there is skipped, an interrupted preparation goes on.",
  )
    .addOption(choice("--data <name>", "the dataset", DATASETS))
    .option("--root <folder>", "the dataset's folder (default: data/<name>)")
    .option("--split <splits...>", "the splits to prepare", ["train", "val"])
    .addOption(sizeOption("--size <WxH>", "the size to prepare", "256x128"))
    .addOption(choice("--images <how>", "how images are made smaller", RESAMPLINGS)),
);

await run(preparing, async (signal) => {
  const options = preparing.opts<Options>();
  const { data: name, size, images } = options;
  const line = new ProgressLine();
  const root = options.root ?? `data/${name}`;
  const working = { onProgress: line.show, signal };
  await drawIfSynthetic({ name, root }, options, working);
  const dataset = openDataset(name, root);
  for (const split of options.split) {
    const { frames } = await prepare(dataset, split, { size, images, ...working });
    line.clear();
    console.log(`${split}: ${frames.length} frames at ${size.width}x${size.height}`);
  }
});
