import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import { parametersOf } from "../models/mod.ts";
import { requireWhole, writeAtomically } from "../system/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import type { Optimizer } from "./optimizer.ts";
import { encodeSafetensors, type Safetensors } from "./safetensors.ts";
import { assignVariables, BATCH_COUNT, checkTensors, readVariables } from "./torch_tensors.ts";
import { openWeights, type WeightsFile } from "./weights_file.ts";

/** Where a training stood when a checkpoint was saved. */
export interface TrainingState {
  /** Steps done. */
  step: number;
  /** The epoch under way, from 1. */
  epoch: number;
  /** Seconds of training so far, over all sittings. */
  seconds: number;
  /** The seed. With the step it is all of the random state: each epoch draws from seed and epoch. */
  seed: number;
}

const STATE = "denoscapes";

/**
 * Saves a model's weights in the names and layouts of PyTorch, and beside it, if there is one, the
 * state of its optimizer. Both appear at once or not at all.
 *
 * @param path A file that ends in `.safetensors`; one that is there is replaced. Weights have the names
 *   of their layers, which should be given: those that tfjs makes up differ in a model that is built again.
 * @throws {RangeError} if step, epoch or seed is no whole number of 0 or more.
 * @throws {Error} naming the file if it cannot be written; the checkpoint before is still there then.
 */
export async function saveCheckpoint(
  path: string,
  { model, optimizer, state }: {
    model: LayersModel;
    optimizer?: Optimizer;
    state: TrainingState;
  },
): Promise<void> {
  for (const name of ["step", "epoch", "seed"] as const) {
    requireWhole("save a checkpoint", `a ${name}`, { least: 0, given: state[name] });
  }
  const parameters = parametersOf(model);
  const tensors = readVariables(parameters.map((parameter) => ({ ...parameter, parameter })));
  for (const { name } of parameters.filter(({ name }) => name.endsWith(".running_var"))) {
    const data = BigInt64Array.of(BigInt(state.step));
    tensors.set(name.replace(/\.running_var$/, BATCH_COUNT), { data, shape: [] });
  }
  const besides = optimizer &&
    `${basename(path, ".safetensors")}.optimizer-${state.step}.safetensors`;
  try {
    if (besides) {
      const metadata = { [STATE]: JSON.stringify(state) };
      const content = { tensors: readVariables(optimizer.state()), metadata };
      await writeAtomically(join(dirname(path), besides), encodeSafetensors(content));
    }
    // This file names the other one, so that its renaming is what replaces both.
    const metadata = { format: "pt", [STATE]: JSON.stringify({ ...state, optimizer: besides }) };
    await writeAtomically(path, encodeSafetensors({ tensors, metadata }));
    await removeOlder(path, besides);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`Cannot save the checkpoint ${path}: ${message}`, { cause: error });
  }
}

/**
 * Puts a checkpoint's weights into a model and its optimizer's state into an optimizer.
 *
 * @param tf The engine.
 * @param path What {@linkcode saveCheckpoint} wrote, or for a model alone any safetensors file with
 *   the `state_dict` of the same network in PyTorch; see {@linkcode openWeights}.
 * @returns Where the training stood; step 0 of epoch 1 if the file does not say.
 * @throws {Error} naming the file. Nothing is changed if it is cut short or is of another model.
 */
export async function loadCheckpoint(
  tf: TensorFlow,
  path: string,
  targets: { model: LayersModel; optimizer?: Optimizer },
): Promise<TrainingState> {
  using weights = await openWeights(path);
  return await loadWeights(tf, weights, targets);
}

/** The same as {@linkcode loadCheckpoint}, of a file that is open. */
export async function loadWeights(
  tf: TensorFlow,
  { path, tensors, metadata }: WeightsFile,
  { model, optimizer }: { model: LayersModel; optimizer?: Optimizer },
): Promise<TrainingState> {
  const state = stateOf(path, metadata);
  const targets = parametersOf(model).map((parameter) => ({ ...parameter, parameter }));
  checkTensors(path, targets, tensors);
  if (optimizer) {
    if (!state.optimizer) throw new Error(`Cannot go on from ${path}: it has no optimizer's state`);
    const besides = join(dirname(path), state.optimizer);
    using remembered = await openWeights(besides);
    checkTensors(besides, optimizer.state(), remembered.tensors);
    assignVariables(tf, optimizer.state(), remembered.tensors);
    optimizer.resume(state.step);
  }
  assignVariables(tf, targets, tensors);
  const { step, epoch, seconds, seed } = state;
  return { step, epoch, seconds, seed };
}

/** What is noted beside the weights; other programs' files have no note. */
function stateOf(path: string, metadata: Safetensors["metadata"]): SavedState {
  const count = v.pipe(v.number(), v.integer(), v.minValue(0));
  const schema: v.GenericSchema<unknown, SavedState> = v.object({
    step: v.optional(count, 0),
    epoch: v.optional(count, 1),
    seconds: v.optional(v.pipe(v.number(), v.minValue(0)), 0),
    seed: v.optional(count, 0),
    // A name, not a path: it is read from beside the file.
    optimizer: v.optional(v.pipe(v.string(), v.regex(/^[^/\\]+\.safetensors$/))),
  });
  try {
    return v.parse(schema, JSON.parse(metadata[STATE] ?? "{}"));
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`Cannot load ${path}: its note of the training is broken: ${message}`, {
      cause: error,
    });
  }
}

interface SavedState extends TrainingState {
  /** The file with the optimizer's state. */
  optimizer?: string | undefined;
}

/** Removes the optimizer's states that no checkpoint names any more, and what a crash left half. */
async function removeOlder(path: string, besides: string | undefined): Promise<void> {
  const stem = basename(path, ".safetensors");
  for await (const { name } of Deno.readDir(dirname(path))) {
    const isOlder = name.startsWith(`${stem}.optimizer-`) && name !== besides;
    const isHalf = name.startsWith(`.${stem}.`) && name.endsWith(".tmp");
    if (isOlder || isHalf) await Deno.remove(join(dirname(path), name));
  }
}
