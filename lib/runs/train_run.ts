import { openDataset, prepare } from "../data/mod.ts";
import { parametersOf } from "../models/mod.ts";
import type { WorkOptions } from "../system/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { type EpochReport, Optimizer, type ValidationResult } from "../training/mod.ts";
import { buildModel } from "./build_model.ts";
import { lockRun, type RunFolder } from "./run_folder.ts";
import { Sitting } from "./sitting.ts";
import type { Summary } from "./summary.ts";

/** Options of {@linkcode trainRun}. */
export interface TrainRunOptions extends WorkOptions {
  /**
   * Goes on from the run's last checkpoint, if there is one. The budget in the run's config may be
   * another than before; it is saved with the run.
   *
   * @default {false}
   */
  resume?: boolean;
  /** Hears of every validation. */
  onEpoch?: (epoch: EpochReport, result: ValidationResult) => void;
  /** Ends the training after the steps under way; the run is saved and can be resumed. */
  signal?: AbortSignal | undefined;
}

/**
 * Trains a run from end to end: frames are prepared, the model is trained and validated after each
 * epoch, checkpoints and history are saved, and at last the best epoch is scored at the labels' own
 * size and the pictures are drawn.
 *
 * @param tf The engine.
 * @param run The run, whose config says everything.
 * @returns What it came to; `undefined` if the signal ended it.
 * @throws {Error} if the run has been trained and is not to be resumed, or another process trains it.
 */
export async function trainRun(
  tf: TensorFlow,
  run: RunFolder,
  options: TrainRunOptions = {},
): Promise<Summary | undefined> {
  using _ = await lockRun(run);
  try {
    return await trained(tf, run, options);
  } catch (error) {
    // While frames are prepared or the best epoch is scored nothing is left to be saved.
    if (options.signal?.aborted && error === options.signal.reason) return undefined;
    throw error;
  }
}

async function trained(
  tf: TensorFlow,
  run: RunFolder,
  options: TrainRunOptions,
): Promise<Summary | undefined> {
  const { config } = run;
  const dataset = openDataset(config.data.name, config.data.root);
  const { onProgress, signal } = options;
  const preparing = { ...config.frames, onProgress, signal };
  const train = await prepare(dataset, "train", preparing);
  const val = await prepare(dataset, config.data.val, preparing);
  const model = buildModel(tf, config, dataset.space.classes.length);
  const optimizer = new Optimizer(tf, parametersOf(model), {
    name: config.training.optimizer,
    momentum: config.training.momentum,
  });
  try {
    using sitting = new Sitting(tf, { run, dataset, train, val, model, optimizer }, options);
    return await sitting.train();
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}
