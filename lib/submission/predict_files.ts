import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import {
  colorize,
  decodeImage,
  encodePng,
  type ImageSize,
  type LabelSpace,
  type Resampling,
  resizeImage,
} from "../data/mod.ts";
import { type WorkOptions, writeAtomically } from "../system/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { Predictor } from "../training/mod.ts";

/** What predictions can be written as. */
export const PREDICTION_FORMATS = ["labelIds", "trainIds", "colors"] as const;

/** Options of {@linkcode predictFiles}. */
export interface PredictFilesOptions extends WorkOptions {
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
}

const IMAGE = /\.(png|jpe?g|webp|tiff?|bmp)$/i;

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
  { model, space, images, out }: {
    model: LayersModel;
    space: LabelSpace;
    images: string;
    out: string;
  },
  options: PredictFilesOptions,
): Promise<number> {
  const { as = "labelIds", onProgress, signal } = options;
  const targets = await targetsOf(images, out);
  using predictor = new Predictor(tf, model);
  let done = 0;
  for (const [target, path] of targets) {
    signal?.throwIfAborted();
    const { width, height, trainIds } = await predictFile(predictor, path, options);
    await write(target, await encode(trainIds, { width, height }, space, as));
    onProgress?.({ task: "Predicting", done: ++done, total: targets.size, unit: "images" });
  }
  return done;
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

async function predictFile(
  predictor: Predictor,
  path: string,
  { size, resampling }: PredictFilesOptions,
): Promise<ImageSize & { trainIds: Uint8Array }> {
  const image = await decodeImage(path);
  const { width, height } = image;
  const resized = resizeImage(image, size, resampling);
  const shape = [1, size.height, size.width] as const;
  const trainIds = await predictor.trainIds({ pixels: resized, shape }, { size: image });
  return { width, height, trainIds };
}

function encode(
  trainIds: Uint8Array,
  size: ImageSize,
  space: LabelSpace,
  as: typeof PREDICTION_FORMATS[number],
): Promise<Uint8Array> {
  if (as === "colors") return encodePng(colorize(trainIds, space), { ...size, channels: 3 });
  const ids = as === "trainIds" ? trainIds : trainIds.map((id) => space.classes[id]!.id);
  return encodePng(ids, { ...size, channels: 1 });
}
