import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import {
  colorize,
  decodeResized,
  encodePng,
  type ImageSize,
  type LabelSpace,
  type Resampling,
  toLabelIds,
} from "../data/mod.ts";
import { requireOneOf, type WorkOptions, writeAtomically } from "../system/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { Predictor, type PredictorOptions } from "../training/mod.ts";

/** What predictions can be written as. */
export const PREDICTION_FORMATS = ["labelIds", "trainIds", "colors"] as const;

/** Options of {@linkcode predictFiles}. */
export interface PredictFilesOptions extends WorkOptions, PredictorOptions {
  /** The size that the model works at. */
  size: ImageSize;
  /**
   * How images are brought to that size.
   *
   * @default {"nearest"}
   */
  resampling?: Resampling;
  /**
   * - `labelIds`: the dataset's ids, as the benchmark wants them, one channel;
   * - `trainIds`: the classes' indices, one channel;
   * - `colors`: the classes' colours.
   *
   * @default {"labelIds"}
   */
  as?: typeof PREDICTION_FORMATS[number];
  /** The size of the predictions; each image's own by default. */
  outSize?: ImageSize;
}

/** What predicts: a model and its classes. */
export interface PredictingModel {
  /** From images `[B, H, W, 3]`, float32 in 0..1, to logits. */
  model: LayersModel;
  space: LabelSpace;
}

const IMAGE = /\.(png|jpe?g|webp|tiff?)$/i;

/**
 * Predicts the classes of image files at the images' own sizes and writes PNGs of the same names.
 *
 * @param tf The engine.
 * @param subject The model, its classes, and the folders to read from and to write to; folders in
 *   the first come again in the second.
 * @returns How many images were predicted.
 * @throws {Error} if there is no image, one cannot be read, two would be written to one file, or a
 *   prediction would replace an image.
 */
export async function predictFiles(
  tf: TensorFlow,
  { images, out, ...predicting }: PredictingModel & { images: string; out: string },
  options: PredictFilesOptions,
): Promise<number> {
  const targets = await targetsOf(images, out);
  await predictEach(tf, { ...predicting, targets }, options);
  return targets.size;
}

/**
 * As {@linkcode predictFiles}, with each file named.
 *
 * @param subject The model, its classes, and the images by the files that their predictions go to.
 */
export async function predictEach(
  tf: TensorFlow,
  { model, space, targets }: PredictingModel & { targets: ReadonlyMap<string, string> },
  options: PredictFilesOptions,
): Promise<void> {
  const { as = "labelIds", outSize, onProgress, signal } = options;
  requireOneOf("predict", "a format", { allowed: PREDICTION_FORMATS, given: as });
  using predictor = new Predictor(tf, model, options);
  let done = 0;
  for (const [target, path] of targets) {
    signal?.throwIfAborted();
    const { pixels, original } = await decodeResized(path, options.size, options.resampling);
    const { width, height } = outSize ?? original;
    const shape = [1, options.size.height, options.size.width] as const;
    const trainIds = await predictor.trainIds({ pixels, shape }, { size: { width, height } });
    await write(target, await encode(trainIds, { width, height }, space, as));
    onProgress?.({ task: "Predicting", done: ++done, total: targets.size, unit: "images" });
  }
}

/** The images by the files that their predictions go to. */
async function targetsOf(images: string, out: string): Promise<Map<string, string>> {
  const targets = new Map<string, string>();
  for await (const path of imagesIn(images)) {
    const name = `${basename(path, extname(path))}.png`;
    const target = join(out, relative(images, dirname(path)), name);
    const other = targets.get(target);
    if (other) throw new Error(`Cannot predict ${path} and ${other}: both would go to ${target}`);
    targets.set(target, path);
  }
  if (targets.size === 0) throw new Error(`Cannot predict: there is no image in ${images}`);
  const sources = new Set(targets.values().map((path) => resolve(path)));
  const replaced = targets.keys().find((target) => sources.has(resolve(target)));
  if (replaced) {
    throw new Error(
      `Cannot predict into ${out}: ${replaced} is one of the images; choose another folder`,
    );
  }
  return new Map([...targets].sort(([a], [b]) => a < b ? -1 : 1));
}

async function write(path: string, data: Uint8Array): Promise<void> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    await writeAtomically(path, data);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`Cannot write the prediction ${path}: ${message}`, { cause: error });
  }
}

async function* imagesIn(folder: string): AsyncGenerator<string> {
  try {
    for await (const entry of Deno.readDir(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory) yield* imagesIn(path);
      else if (IMAGE.test(entry.name) && !entry.name.startsWith(".")) yield path;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot predict: there is no folder ${folder}`, { cause: error });
  }
}

function encode(
  trainIds: Uint8Array,
  size: ImageSize,
  space: LabelSpace,
  as: typeof PREDICTION_FORMATS[number],
): Promise<Uint8Array> {
  if (as === "colors") return encodePng(colorize(trainIds, space), { ...size, channels: 3 });
  const ids = as === "trainIds" ? trainIds : toLabelIds(trainIds, space);
  return encodePng(ids, { ...size, channels: 1 });
}
