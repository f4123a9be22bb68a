import { join } from "node:path";
import type { LabelSpace } from "../data/mod.ts";
import type { EpochReport, StepReport, ValidationResult } from "../training/mod.ts";
import { CsvLog, type CsvRow, readCsv } from "./csv_log.ts";
import { epochRow, stepRow, TRAIN_COLUMNS, valColumns } from "./history_rows.ts";
import { RUN_FILES, type RunFolder } from "./run_folder.ts";

/** What a run's `train.csv` and `val.csv` hold. */
export class History {
  readonly #train: CsvLog;
  readonly #val: CsvLog;
  readonly #space: LabelSpace;

  private constructor(train: CsvLog, val: CsvLog, space: LabelSpace) {
    this.#train = train;
    this.#val = val;
    this.#space = space;
  }

  /**
   * Opens a run's history.
   *
   * @param run The run.
   * @param space The classes, one column of `val.csv` each.
   * @param from The step that the run goes on from, and how many steps an epoch has; what was written
   *   after that step is dropped, and so is the row of an epoch that is gone on with, unless it is the best
   *   so far: its weights are kept.
   */
  static async open(
    { path }: RunFolder,
    space: LabelSpace,
    { step, stepsPerEpoch }: { step: number; stepsPerEpoch: number },
  ): Promise<History> {
    const keep = (row: CsvRow) => (row.step ?? Infinity) <= step;
    const best = bestOf((await readCsv(join(path, RUN_FILES.val))).filter(keep));
    return new History(
      await CsvLog.open(join(path, RUN_FILES.train), TRAIN_COLUMNS, keep),
      await CsvLog.open(
        join(path, RUN_FILES.val),
        valColumns(space),
        (row) => keep(row) && (row.step! % stepsPerEpoch === 0 || row.step === best?.step),
      ),
      space,
    );
  }

  /** The rows of `train.csv`. */
  get train(): readonly CsvRow[] {
    return this.#train.rows;
  }

  /** The rows of `val.csv`. */
  get val(): readonly CsvRow[] {
    return this.#val.rows;
  }

  /** The epoch with the highest mean IoU so far. */
  get best(): CsvRow | undefined {
    return bestOf(this.#val.rows);
  }

  /** Notes a step. */
  addStep(step: StepReport): void {
    this.#train.append(stepRow(step));
  }

  /** Notes a validation. */
  addEpoch(epoch: EpochReport, result: ValidationResult): void {
    this.#val.append(epochRow(epoch, result, this.#space));
  }
}

function bestOf(rows: readonly CsvRow[]): CsvRow | undefined {
  return rows.reduce<CsvRow | undefined>(
    (best, row) => !best || (row.miou ?? -1) > (best.miou ?? -1) ? row : best,
    undefined,
  );
}
