import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import { join } from "node:path";
import type { Dataset, PackedFrames } from "../data/mod.ts";
import { exists } from "../system/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import {
  balancedClassWeights,
  type EpochReport,
  evaluate,
  fit,
  loadCheckpoint,
  namedAugmentations,
  type Optimizer,
  saveCheckpoint,
  type ValidationResult,
  Validator,
} from "../training/mod.ts";
import { readCsv } from "./csv_log.ts";
import { History } from "./history.ts";
import { drawCurves, drawPredictions } from "./pictures.ts";
import { RUN_FILES, type RunFolder, writeConfig } from "./run_folder.ts";
import { type Summary, writeSummary } from "./summary.ts";
import type { TrainRunOptions } from "./train_run.ts";
import { trainingProgress } from "./training_progress.ts";

/** What a sitting works on. */
export interface SittingSubject {
  run: RunFolder;
  dataset: Dataset;
  train: PackedFrames;
  val: PackedFrames;
  model: LayersModel;
  optimizer: Optimizer;
}

/** One sitting of a run, from its start or its last checkpoint to its end or an interruption. */
export class Sitting implements Disposable {
  readonly #tf: TensorFlow;
  readonly #subject: SittingSubject;
  readonly #options: TrainRunOptions;
  readonly #validator: Validator;
  #history!: History;

  constructor(tf: TensorFlow, subject: SittingSubject, options: TrainRunOptions) {
    this.#tf = tf;
    this.#subject = subject;
    this.#options = options;
    const { model, dataset } = subject;
    this.#validator = new Validator(tf, model, dataset.space.classes.length);
  }

  [Symbol.dispose](): void {
    this.#validator[Symbol.dispose]();
  }

  /**
   * Trains until the budget is used or the signal fires.
   *
   * @returns What the run came to; `undefined` if the signal ended it.
   */
  async train(): Promise<Summary | undefined> {
    const { run, dataset, train, optimizer } = this.#subject;
    const { signal } = this.#options;
    const {
      budget: { epochs, minutes },
      training: { classWeights: weighting, augment, xla, ...training },
      seed,
    } = run.config;
    const secondsBefore = await this.#resume();
    // A run that goes on may have a new budget, which counts for the next sitting too.
    await writeConfig(run);
    const stepsPerEpoch = Math.floor(train.frames.length / training.batch);
    const from = { step: optimizer.steps, stepsPerEpoch };
    this.#history = await History.open(run, dataset.space, from);
    const classes = dataset.space.classes.length;
    const classWeights = weighting === "balanced"
      ? balancedClassWeights(train, classes)
      : undefined;
    const end = await fit(this.#tf, { ...this.#subject, packed: train }, {
      ...training,
      augmentation: namedAugmentations(augment),
      ...(classWeights && { classWeights }),
      ...(!xla && { xla }),
      budget: { ...(epochs && { epochs }), ...(minutes && { minutes }) },
      seed,
      secondsBefore,
      onStep: (step) => {
        this.#history.addStep(step);
        this.#options.onProgress?.(trainingProgress(step, { ...run.config.budget, stepsPerEpoch }));
      },
      onEpoch: async (epoch) => {
        await this.#closeEpoch(epoch);
      },
      signal,
    });
    if (signal?.aborted) {
      await this.#save(RUN_FILES.last, end, optimizer);
      return undefined;
    }
    const isClosed = this.#history.val.at(-1)?.step === end.step;
    return await this.#finish(isClosed ? end : await this.#closeEpoch(end));
  }

  /** Goes back to the last checkpoint, and gives the seconds of the sittings before. */
  async #resume(): Promise<number> {
    const { run, model, optimizer } = this.#subject;
    const path = join(run.path, RUN_FILES.last);
    if (!this.#options.resume) {
      if (!exists(path)) return 0;
      throw new Error(
        `Cannot train the run ${run.name} from the beginning: it has been trained; resume it, or make ` +
          "another run",
      );
    }
    // After the first epoch there must be one; else the run would begin anew and lose its history.
    const epochs = await readCsv(join(run.path, RUN_FILES.val));
    if (epochs.length <= 1 && !exists(path)) return 0;
    return (await loadCheckpoint(this.#tf, path, { model, optimizer })).seconds;
  }

  /**
   * Validates, notes the scores and saves the checkpoints.
   *
   * @returns The epoch, with the seconds of training after all of that.
   */
  async #closeEpoch(epoch: EpochReport): Promise<EpochReport> {
    const { val, optimizer, run } = this.#subject;
    const { onProgress } = this.#options;
    const started = performance.now();
    const validating = { batch: run.config.training.batch, onProgress };
    const result = await this.#validator.validate(val, validating);
    checkLoss(result, epoch);
    this.#history.addEpoch(epoch, result);
    // The validation counts as training time in the sittings to come too.
    const seconds = epoch.seconds + (performance.now() - started) / 1000;
    if (this.#history.best?.step === epoch.step) await this.#save(RUN_FILES.best, epoch);
    const closed = { ...epoch, seconds };
    await this.#save(RUN_FILES.last, closed, optimizer);
    this.#options.onEpoch?.(epoch, result);
    return closed;
  }

  async #save(file: string, state: EpochReport, optimizer?: Optimizer): Promise<void> {
    const { run, model } = this.#subject;
    await saveCheckpoint(join(run.path, file), {
      model,
      ...(optimizer && { optimizer }),
      state: { ...state, seed: run.config.seed },
    });
  }

  /** Scores the best epoch and draws the pictures. */
  async #finish(end: EpochReport): Promise<Summary> {
    const { run, dataset, val, model } = this.#subject;
    const best = await loadCheckpoint(this.#tf, join(run.path, RUN_FILES.best), { model });
    const { onProgress, signal } = this.#options;
    const subject = { model, dataset, packed: val };
    const counts = await evaluate(this.#tf, subject, { onProgress, signal });
    const rates = this.#history.train.map(({ imagesPerSecond }) => 1 / (imagesPerSecond ?? NaN));
    const summary: Summary = {
      run: run.name,
      split: run.config.data.val,
      bestEpoch: best.epoch,
      epochs: this.#history.val.length,
      steps: end.step,
      ...counts.scores(),
      imagesPerSecond: rates.length / rates.reduce((sum, seconds) => sum + seconds, 0),
      seconds: end.seconds,
    };
    await writeSummary(run, summary);
    await drawCurves(run, this.#history);
    await drawPredictions(this.#tf, run, { model, packed: val, space: dataset.space });
    return summary;
  }
}

/** Keeps weights that are no numbers out of the checkpoints. */
function checkLoss({ loss, matrix }: ValidationResult, { epoch, step }: EpochReport): void {
  const allVoid = Number.isNaN(matrix.pixelAccuracy());
  if (Number.isFinite(loss) || allVoid) return;
  throw new Error(
    `Cannot go on training: the validation loss is ${loss} after step ${step} of epoch ${epoch}; ` +
      "use a smaller learning rate",
  );
}
