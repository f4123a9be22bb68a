import { join } from "node:path";
import { type Dataset, type ImageSize, openDataset, type Resampling } from "../data/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import {
  loadWeights,
  networkOf,
  openWeights,
  saveCheckpoint,
  type WeightsFile,
} from "../training/mod.ts";
import { buildModel } from "./build_model.ts";
import { checkSize } from "./check_run.ts";
import type { RunConfig } from "./run_config.ts";
import { checkIsNew, makeRunFolder, RUN_FILES, type RunFolder } from "./run_folder.ts";

/** What is imported, and what its model was trained on. */
export interface ImportedRun {
  /** The new run's name. */
  name: string;
  /** A safetensors file with the `state_dict` of this library's U-Net or Passthrough in PyTorch. */
  weights: string;
  data: { name: Dataset["name"]; root: string; val: string };
  /** How frames were brought to the size that the model works at. */
  frames: { size: ImageSize; images: Resampling };
}

/**
 * Makes a run of weights that another program trained, so that it can be scored, submitted and compared
 * as any run. It cannot be trained on: the optimizer's state is not in the file.
 *
 * @param tf The engine.
 * @param runs The folder of all runs.
 * @throws {Error} if the file is of another format, network or number of classes; no run is made then.
 */
export async function importRun(
  tf: TensorFlow,
  runs: string,
  { name, weights, data, frames }: ImportedRun,
): Promise<RunFolder> {
  checkIsNew(runs, name);
  const { space } = openDataset(data.name, data.root);
  using source = await openWeights(weights);
  const { classes, ...model } = networkOf(source);
  if (classes !== space.classes.length) {
    throw new Error(
      `Cannot import ${weights}: it tells ${classes} classes apart, ` +
        `${data.name} has ${space.classes.length}`,
    );
  }
  checkValues(source);
  const config = configOf({ data, frames, model });
  checkSize(config);
  const built = buildModel(tf, config, classes);
  try {
    const state = await loadWeights(tf, source, { model: built });
    const run = await makeRunFolder(runs, { name, config });
    try {
      for (const file of [RUN_FILES.best, RUN_FILES.last]) {
        await saveCheckpoint(join(run.path, file), { model: built, state });
      }
    } catch (error) {
      await Deno.remove(run.path, { recursive: true });
      throw error;
    }
    return run;
  } finally {
    built.dispose();
  }
}

/** Keeps out what gives no prediction: values that are no numbers, variances below 0. */
function checkValues({ path, tensors }: WeightsFile): void {
  for (const [name, tensor] of tensors) {
    if (tensor.dtype !== "float32") continue;
    const data = tensor.read() as Float32Array;
    const fault = !data.every(Number.isFinite)
      ? "values that are no numbers"
      : name.endsWith(".running_var") && data.some((value) => value < 0)
      ? "variances below 0"
      : undefined;
    if (fault) throw new Error(`Cannot import ${path}: its ${name} has ${fault}`);
  }
}

/** The config of a run whose training is not known: what it says of that is never used. */
function configOf(
  { data, frames, model }: Pick<RunConfig, "data" | "frames" | "model">,
): RunConfig {
  return {
    ...{ data, frames, model },
    training: {
      ...{ batch: 1, rate: 1e-3, schedule: "constant", warmUp: 0, optimizer: "adam" },
      ...{ momentum: 0, classWeights: "equal", augment: [], precision: "fp32", xla: true },
    },
    budget: {},
    seed: 0,
    deterministic: false,
    device: "auto",
  };
}
