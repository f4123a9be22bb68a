import { join } from "node:path";
import type { Scores } from "../metrics/mod.ts";
import { writeAtomically } from "../system/mod.ts";
import { RUN_FILES, type RunFolder } from "./run_folder.ts";

/** What a run came to: the scores of its best epoch, at the labels' own size. */
export interface Summary extends Scores {
  run: string;
  /** The split that was scored. */
  split: string;
  /** The epoch that was scored: the one with the highest mean IoU at training size. */
  bestEpoch: number;
  /** Epochs and steps that were trained. */
  epochs: number;
  steps: number;
  /** Images trained on in each second of the steps, on average, the compiling of the first included. */
  imagesPerSecond: number;
  /** Seconds of training with its validations, over all sittings. */
  seconds: number;
}

/** Writes a run's `summary.json`. */
export async function writeSummary({ path }: RunFolder, summary: Summary): Promise<void> {
  await writeAtomically(join(path, RUN_FILES.summary), JSON.stringify(summary, null, 2) + "\n");
}
