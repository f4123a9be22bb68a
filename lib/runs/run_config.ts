import * as v from "valibot";
import {
  type Dataset,
  DATASETS,
  type ImageSize,
  type Resampling,
  RESAMPLINGS,
} from "../data/mod.ts";
import { DEVICES, type Precision, PRECISIONS } from "../tensorflow/mod.ts";
import {
  type AugmentationName,
  AUGMENTATIONS,
  type OptimizerName,
  OPTIMIZERS,
  type ScheduleName,
  SCHEDULES,
} from "../training/mod.ts";

/** The names of the models. */
export const MODELS = ["unet", "passthrough"] as const;

/** How classes can be weighted in the loss: all the same, or rare ones more. */
export const CLASS_WEIGHTS = ["equal", "balanced"] as const;

/** All that a run depends on; it can be repeated from it. */
export interface RunConfig {
  /** The dataset, its folder, and the split to validate on. */
  data: { name: Dataset["name"]; root: string; val: string };
  /** How frames are prepared. */
  frames: { size: ImageSize; images: Resampling };
  /** The model; width and depth are the U-Net's. */
  model: { name: typeof MODELS[number]; width: number; depth: number };
  training: {
    /** Frames in a batch, 1 or more. */
    batch: number;
    /** The highest learning rate, above 0. */
    rate: number;
    /** How the learning rate goes on after the warm-up. */
    schedule: ScheduleName;
    /** The share of the budget in which the learning rate rises, 0 or more and below 1. */
    warmUp: number;
    optimizer: OptimizerName;
    /** SGD's momentum, 0 or more and below 1. */
    momentum: number;
    /** How classes count in the loss. */
    classWeights: typeof CLASS_WEIGHTS[number];
    /** How frames and labels are changed at random, in this order. */
    augment: AugmentationName[];
    /** What the step's convolutions compute in. */
    precision: Precision;
    /** Whether XLA may compile the step; it does on a GPU. */
    xla: boolean;
  };
  /** How long to train, in whole epochs and in minutes, whichever ends first; 1 epoch or more. */
  budget: { epochs?: number | undefined; minutes?: number | undefined };
  /** Of the first weights, the order of the frames and the augmentation; a whole number, 0 or more. */
  seed: number;
  /** Whether to compute so that a repetition gives the same bits, at the price of speed. */
  deterministic: boolean;
  /** What it was asked to train on. */
  device: typeof DEVICES[number];
}

/**
 * Reads a run's config.
 *
 * @param path Its `config.json`.
 * @throws {Error} naming the file, and the entry that is missing or wrong.
 */
export async function readConfig(path: string): Promise<RunConfig> {
  let json: unknown;
  try {
    json = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    throw new Error(`Cannot read the config ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return checkedConfig(json, (reason) => new Error(`Cannot read the config ${path}: ${reason}`));
}

/**
 * What is a run's config.
 *
 * @param failure Makes the error from what is missing or wrong.
 */
export function checkedConfig(config: unknown, failure: (reason: string) => Error): RunConfig {
  const result = v.safeParse(schema(), config);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw failure(`${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
}

/** What a config's JSON must look like; `RunConfig` says what it means. */
function schema(): v.GenericSchema<unknown, RunConfig> {
  const count = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));
  const share = v.pipe(v.number(), v.minValue(0), v.ltValue(1));
  const positive = v.pipe(v.number(), v.gtValue(0));
  return v.strictObject({
    data: v.strictObject({ name: v.picklist(DATASETS), root: v.string(), val: v.string() }),
    frames: v.strictObject({
      size: v.strictObject({ width: count(1), height: count(1) }),
      images: v.picklist(RESAMPLINGS),
    }),
    model: v.strictObject({ name: v.picklist(MODELS), width: count(1), depth: count(1) }),
    training: v.strictObject({
      batch: count(1),
      rate: positive,
      schedule: v.picklist(SCHEDULES),
      warmUp: share,
      optimizer: v.picklist(OPTIMIZERS),
      momentum: share,
      classWeights: v.picklist(CLASS_WEIGHTS),
      augment: v.array(v.picklist(AUGMENTATIONS)),
      // Runs from before these could be chosen have none.
      precision: v.optional(v.picklist(PRECISIONS), "fp32"),
      xla: v.optional(v.boolean(), true),
    }),
    budget: v.strictObject({ epochs: v.optional(count(1)), minutes: v.optional(positive) }),
    seed: count(0),
    deterministic: v.boolean(),
    device: v.picklist(DEVICES),
  });
}
