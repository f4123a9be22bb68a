import { join } from "node:path";
import { exists, writeAtomically } from "../system/mod.ts";
import { checkRun } from "./check_run.ts";
import { readConfig, type RunConfig } from "./run_config.ts";

/** A run on disk: its config and where its files are. */
export interface RunFolder {
  /** The run's name, which is its folder's. */
  name: string;
  path: string;
  config: RunConfig;
}

/** The names of a run's files. */
export const RUN_FILES = {
  config: "config.json",
  lock: ".lock",
  train: "train.csv",
  val: "val.csv",
  summary: "summary.json",
  last: "checkpoints/last.safetensors",
  best: "checkpoints/best.safetensors",
  curvesPage: "curves.html",
  curves: "curves.png",
  predictions: "predictions.png",
} as const;

/** A run's name by default: the date and time, such as `2026-11-22_18-30-05`. */
export function defaultRunName(now: Date = new Date()): string {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace("T", "_").replaceAll(":", "-");
}

/**
 * Checks that a run of a name can be begun.
 *
 * @throws {Error} if there is such a run already.
 * @throws {RangeError} if the name is none for a folder.
 */
export function checkIsNew(runs: string, name: string): void {
  if (!/^[\w.-]+$/.test(name) || name.startsWith(".")) {
    throw new RangeError(
      `Cannot call a run "${name}": expected letters, digits, "_", "-" and "." after the first`,
    );
  }
  const path = join(runs, name);
  if (exists(path)) throw isThere(name, path);
}

function isThere(name: string, path: string): Error {
  return new Error(
    `Cannot start the run ${name}: ${path} is there already; choose another name, or go on with a ` +
      "training by deno task train --resume",
  );
}

/**
 * Makes the folder of a new run and writes its config there.
 *
 * @param runs The folder of all runs, such as `data/runs`.
 * @param name The run's name.
 * @throws {Error} if the run cannot succeed (see {@linkcode checkRun}), is there already, or its folder
 *   cannot be written.
 */
export async function createRun(
  runs: string,
  { name, config }: { name: string; config: RunConfig },
): Promise<RunFolder> {
  checkIsNew(runs, name);
  await checkRun(config);
  return await makeRunFolder(runs, { name, config });
}

/**
 * Makes the folder of a new run and writes its config there, whether it can be trained or not.
 *
 * @throws {Error} if the run is there already, or its folder cannot be written.
 */
export async function makeRunFolder(
  runs: string,
  { name, config }: { name: string; config: RunConfig },
): Promise<RunFolder> {
  checkIsNew(runs, name);
  const path = join(runs, name);
  const cannotWrite = (error: unknown) =>
    new Error(`Cannot write the run ${path}: ${(error as Error).message}`, { cause: error });
  await Deno.mkdir(runs, { recursive: true }).catch((error) => {
    throw cannotWrite(error);
  });
  try {
    await Deno.mkdir(path);
    await Deno.mkdir(join(path, "checkpoints"));
    await writeConfig({ path, config });
  } catch (error) {
    throw error instanceof Deno.errors.AlreadyExists ? isThere(name, path) : cannotWrite(error);
  }
  return { name, path, config };
}

/**
 * Opens a run.
 *
 * @param runs The folder of all runs.
 * @param name The run's name.
 * @throws {Error} if there is no such run, or its config is broken.
 */
export async function openRun(runs: string, name: string): Promise<RunFolder> {
  const path = join(runs, name);
  if (!exists(path)) throw new Error(`Cannot open the run ${name}: there is no folder ${path}`);
  return { name, path, config: await readConfig(join(path, RUN_FILES.config)) };
}

/** Writes a run's config, in which its budget may have been changed. */
export async function writeConfig(
  { path, config }: Pick<RunFolder, "path" | "config">,
): Promise<void> {
  await writeAtomically(join(path, RUN_FILES.config), JSON.stringify(config, null, 2) + "\n");
}

/**
 * Keeps other processes from training the same run.
 *
 * @returns What lets go of it when it is disposed.
 * @throws {Error} if another process trains it.
 */
export async function lockRun({ name, path }: RunFolder): Promise<Disposable> {
  const file = await Deno.open(join(path, RUN_FILES.lock), { create: true, write: true });
  if (!await file.tryLock(true)) {
    file.close();
    throw new Error(`Cannot train the run ${name}: another process is training it`);
  }
  return file;
}
