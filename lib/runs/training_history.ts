import { join } from "node:path";
import type { LabelSpace } from "../data/mod.ts";
import type { Figure } from "../plot/mod.ts";
import type { EpochReport, StepReport, ValidationResult } from "../training/mod.ts";
import { type CsvRow, readCsv } from "./csv_log.ts";
import { curvesFigure } from "./curves_figure.ts";
import { epochRow, type HistoryRows, stepRow } from "./history_rows.ts";
import { RUN_FILES, type RunFolder } from "./run_folder.ts";

/** What a training came to, step by step and epoch by epoch. */
export class TrainingHistory implements HistoryRows {
  /** What was trained. */
  readonly name: string;
  /** A row for each step: `step, epoch, loss, accuracy, lr, imagesPerSecond`. */
  readonly train: CsvRow[];
  /** A row for each validation: `epoch, step, loss, pixelAccuracy, miou` and the IoU by class. */
  readonly val: CsvRow[];

  constructor(name: string, { train = [], val = [] }: { train?: CsvRow[]; val?: CsvRow[] } = {}) {
    this.name = name;
    this.train = train;
    this.val = val;
  }

  /** Notes a step. */
  addStep(step: StepReport): void {
    this.train.push(stepRow(step));
  }

  /** Notes a validation. */
  addEpoch(epoch: EpochReport, result: ValidationResult, space: LabelSpace): void {
    this.val.push(epochRow(epoch, result, space));
  }

  /** The losses over the steps, and the validation's scores. */
  figure(): Figure {
    return curvesFigure(this.name, this);
  }
}

/** The history of a run that `deno task train` made, as its folder has it. */
export async function readHistory({ name, path }: RunFolder): Promise<TrainingHistory> {
  const train = await readCsv(join(path, RUN_FILES.train));
  const val = await readCsv(join(path, RUN_FILES.val));
  return new TrainingHistory(name, { train, val });
}
