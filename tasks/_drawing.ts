// The synthetic dataset is drawn by the first command that needs it.

import type { Command } from "commander";
import {
  type Dataset,
  drawingOf,
  type ImageSize,
  type WorkOptions,
  writeSyntheticDataset,
} from "../lib/mod.ts";
import { sizeOption, wholeNumber } from "./_command.ts";

const VALIDATION_FRAMES = 60;

/** The options that {@linkcode withDrawingOptions} adds. */
export interface DrawingOptions {
  frames?: number;
  frameSize?: ImageSize;
}

/** Adds the options that say what to draw. */
export function withDrawingOptions(command: Command): Command {
  const frames = "synthetic: how many training frames to draw (default: 400)";
  return command
    .option("--frames <n>", frames, wholeNumber(1))
    .addOption(sizeOption("--frame-size <WxH>", "synthetic: the size to draw (default: 512x256)"));
}

/** Draws the frames that are not there yet, if the dataset is the synthetic one. */
export async function drawIfSynthetic(
  { name, root }: Pick<Dataset, "name" | "root">,
  { frames: train, frameSize }: DrawingOptions,
  working: WorkOptions,
): Promise<void> {
  if (name !== "synthetic") return;
  const drawn = await drawingOf(root);
  await writeSyntheticDataset(root, {
    ...drawn,
    ...train && { frames: { val: VALIDATION_FRAMES, ...drawn?.frames, train } },
    ...frameSize,
    ...working,
  });
}
