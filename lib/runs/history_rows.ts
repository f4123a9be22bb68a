import type { LabelSpace } from "../data/mod.ts";
import type { EpochReport, StepReport, ValidationResult } from "../training/mod.ts";
import type { CsvRow } from "./csv_log.ts";

/** The rows of a training's history, as `train.csv` and `val.csv` have them. */
export interface HistoryRows {
  train: readonly CsvRow[];
  val: readonly CsvRow[];
}

/** The columns of `train.csv`. */
export const TRAIN_COLUMNS = ["step", "epoch", "loss", "accuracy", "lr", "imagesPerSecond"];

/** The columns of `val.csv`, one for each class among them. */
export function valColumns(space: LabelSpace): string[] {
  const classes = space.classes.map(({ name }) => name);
  return ["epoch", "step", "loss", "pixelAccuracy", "miou", ...classes];
}

/** A step as a row of `train.csv`. */
export function stepRow(
  { step, epoch, loss, accuracy, learningRate, imagesPerSecond }: StepReport,
): CsvRow {
  return { step, epoch, loss, accuracy, lr: learningRate, imagesPerSecond };
}

/** A validation as a row of `val.csv`, with the IoU of each class. */
export function epochRow(
  { epoch, step }: EpochReport,
  { loss, matrix }: ValidationResult,
  space: LabelSpace,
): CsvRow {
  const ious = matrix.ious();
  const classes = space.classes.map(({ name }, i) => [name, ious[i] ?? null]);
  return {
    epoch,
    step,
    loss,
    pixelAccuracy: matrix.pixelAccuracy(),
    miou: matrix.meanIou(),
    ...Object.fromEntries(classes),
  };
}
