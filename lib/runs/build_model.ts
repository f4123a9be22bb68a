import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import { passthrough, unet } from "../models/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import type { RunConfig } from "./run_config.ts";

/**
 * The model that a run's config describes, with fresh weights.
 *
 * @param tf The engine.
 * @param config The run's config.
 * @param classes How many classes it tells apart.
 * @returns A model that the caller disposes.
 */
export function buildModel(
  tf: TensorFlow,
  { model, seed }: RunConfig,
  classes: number,
): LayersModel {
  return model.name === "unet"
    ? unet(tf, classes, { width: model.width, depth: model.depth, seed })
    : passthrough(tf, classes, { seed });
}
