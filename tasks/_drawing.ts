// The synthetic dataset is drawn by the first command that needs it.

import type { Command } from "commander";
import {
  type Dataset,
  type ImageSize,
  type WorkOptions,
  writeSyntheticDataset,
} from "../lib/mod.ts";
import { sizeOption, wholeNumber } from "./_command.ts";

const FRAMES = 400;
const VALIDATION_FRAMES = 60;
const FRAME_SIZE = "512x256";

/** The options that {@linkcode withDrawingOptions} adds. */
export interface DrawingOptions {
  frames: number;
  frameSize: ImageSize;
}

/** Adds the options that say what to draw. */
export function withDrawingOptions(command: Command): Command {
  return command
    .option("--frames <n>", "synthetic: how many training frames to draw", wholeNumber(1), FRAMES)
    .addOption(sizeOption("--frame-size <WxH>", "synthetic: the size to draw", FRAME_SIZE));
}

/** Draws the frames that are not there yet, if the dataset is the synthetic one. */
export async function drawIfSynthetic(
  { name, root }: Pick<Dataset, "name" | "root">,
  { frames, frameSize }: DrawingOptions,
  working: WorkOptions,
): Promise<void> {
  if (name !== "synthetic") return;
  const counts = { train: frames, val: VALIDATION_FRAMES };
  await writeSyntheticDataset(root, { frames: counts, ...frameSize, ...working });
}
