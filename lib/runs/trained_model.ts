import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import { join } from "node:path";
import { type LabelSpace, openDataset } from "../data/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { loadCheckpoint } from "../training/mod.ts";
import { buildModel } from "./build_model.ts";
import { RUN_FILES, type RunFolder } from "./run_folder.ts";

/** The checkpoints of a run: of its highest mean IoU, and of its last epoch. */
export const CHECKPOINTS = ["best", "last"] as const;

/**
 * The model of a run with the weights that it learnt.
 *
 * @param tf The engine.
 * @param run The run.
 * @param checkpoint Which weights.
 * @returns The model, which the caller disposes, and its classes.
 * @throws {Error} if the checkpoint is absent, cut short or of another model.
 */
export async function trainedModel(
  tf: TensorFlow,
  run: RunFolder,
  checkpoint: typeof CHECKPOINTS[number] = "best",
): Promise<{ model: LayersModel; space: LabelSpace }> {
  const { space } = openDataset(run.config.data.name, run.config.data.root);
  const model = buildModel(tf, run.config, space.classes.length);
  try {
    await loadCheckpoint(tf, join(run.path, RUN_FILES[checkpoint]), { model });
  } catch (error) {
    model.dispose();
    throw error;
  }
  return { model, space };
}
