import { basename, join } from "node:path";
import { type Frame, parseSample } from "../data/mod.ts";
import { exists, type WorkOptions } from "../system/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { BENCHMARK_SIZE, checkPackage, faultOfPrediction } from "./check_package.ts";
import { claimFolder } from "./claim_folder.ts";
import { predictEach, type PredictFilesOptions, type PredictingModel } from "./predict_files.ts";
import { zipFolder } from "./zip_folder.ts";

/** Options of {@linkcode writeBenchmarkPackage}. */
export interface BenchmarkPackageOptions extends Pick<PredictFilesOptions, "size" | "resampling"> {
  /**
   * What the predictions depend on, such as a hash of the weights. Predictions that are there of
   * another one are made anew.
   */
  madeOf: string;
  onProgress?: WorkOptions["onProgress"];
  signal?: WorkOptions["signal"];
}

/** What was written. */
export interface BenchmarkPackage {
  /** The path of the zip to upload. */
  zip: string;
  /** The path of the prediction of each frame, by its id. */
  predictions: ReadonlyMap<string, string>;
  /** How many of them were there already. */
  kept: number;
  /** Whether predictions of something else were there and had to go. */
  isAnew: boolean;
}

const ZIP = "predictions.zip";

/**
 * Writes what the Cityscapes benchmark's server takes: a PNG of label ids at 2048x1024 for each
 * frame, `<city>_<seq>_<frame>_labelIds.png`, in one zip, which is read again and checked by the
 * server's rules. What was interrupted goes on where it stopped.
 *
 * @param tf The engine.
 * @param subject The model, its classes, the frames of the split, and the folder to write to.
 * @throws {Error} if a frame's name is none of Cityscapes', an image cannot be read, or the package
 *   breaks a rule.
 */
export async function writeBenchmarkPackage(
  tf: TensorFlow,
  { frames, folder, ...predicting }: PredictingModel & {
    frames: readonly Frame[];
    folder: string;
  },
  options: BenchmarkPackageOptions,
): Promise<BenchmarkPackage> {
  const { madeOf, ...working } = options;
  for (const { image } of frames) parseSample(basename(image)); // Throws, naming it, if it is none.
  const below = join(folder, "predictions");
  const isAnew = await claimFolder(folder, { madeOf, files: ["predictions", ZIP] });
  await Deno.mkdir(below, { recursive: true });
  const predictions = new Map(frames.map(({ id }) => [id, join(below, `${id}_labelIds.png`)]));
  const targets = new Map<string, string>();
  for (const { id, image } of frames) {
    const path = predictions.get(id)!;
    if (!await isWhole(path)) targets.set(path, image);
  }
  await predictEach(tf, { ...predicting, targets }, { ...working, outSize: BENCHMARK_SIZE });
  const zip = join(folder, ZIP);
  await zipFolder(below, zip, working);
  await checkPackage(zip, frames, working);
  return { zip, predictions, kept: frames.length - targets.size, isAnew };
}

/** Whether a prediction is there and right: a broken disk or a full one may have left it half. */
async function isWhole(path: string): Promise<boolean> {
  return exists(path) && await faultOfPrediction(path, await Deno.readFile(path)) === undefined;
}
