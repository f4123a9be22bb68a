import { join } from "node:path";
import {
  decodeLabels,
  decodeResized,
  type Frame,
  type LabelSpace,
  resizeNearest,
  Sample,
  trainIdsOf,
} from "../data/mod.ts";
import { contactSheet } from "../plot/mod.ts";
import { claimFolder, writeBenchmarkPackage, writeCoursePackage } from "../submission/mod.ts";
import { type WorkOptions, writeAtomically } from "../system/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { Predictor } from "../training/mod.ts";
import { RUN_FILES, type RunFolder } from "./run_folder.ts";
import { type CHECKPOINTS, trainedModel } from "./trained_model.ts";

/** What is submitted, and where its files go. */
export interface Submission {
  run: RunFolder;
  /** Which weights of the run. */
  checkpoint: typeof CHECKPOINTS[number];
  /** The folder to write to. */
  folder: string;
  /** Frames that the contact sheet may show; the benchmark's package has a prediction of each. */
  frames: readonly Frame[];
}

/** The files of a submission. */
export interface Submitted {
  /** The path of what is to be uploaded. */
  zip: string;
  /** The path of the picture that shows what is uploaded. */
  sheet?: string;
}

/** So many frames are on a contact sheet, spread evenly. */
const SHOWN_FRAMES = 24;
/** The size at which the benchmark's predictions are shown. */
const THUMBNAIL = { width: 256, height: 128 };
const SHEET = "contact_sheet.png";
const COURSE_ZIP = "submission.zip";

/**
 * Writes what the Cityscapes benchmark's server takes of a run, and a contact sheet of it.
 *
 * @param tf The engine.
 * @returns The files, how many predictions were there already, from before an interruption, and
 *   whether those of other weights or images had to go.
 * @throws {Error} if the run has other classes than Cityscapes, a frame cannot be read, or the package
 *   breaks a rule of the benchmark.
 */
export async function submitToBenchmark(
  tf: TensorFlow,
  { run, checkpoint, folder, frames }: Submission,
  working: WorkOptions = {},
): Promise<Submitted & { kept: number; isAnew: boolean }> {
  const { model, space } = await trainedModel(tf, run, checkpoint);
  if (!space.labels) {
    model.dispose();
    throw new Error(
      `Cannot submit the run ${run.name}: it was trained on ${run.config.data.name}, ` +
        "the benchmark expects the classes of Cityscapes",
    );
  }
  const { size, images: resampling } = run.config.frames;
  const subject = { model, space, frames, folder };
  const madeOf = await madeOfText(run, checkpoint, frames);
  const options = { size, resampling, madeOf, ...working };
  const { zip, predictions, ...found } = await writeBenchmarkPackage(tf, subject, options)
    .finally(() => model.dispose());
  const samples: Sample[] = [];
  for (const frame of spread(frames)) {
    samples.push(await shownSample(frame, predictions.get(frame.id)!, space));
  }
  return { zip, ...found, sheet: await writeSheet(folder, samples) };
}

/**
 * Writes what the course's server takes of a run, and a contact sheet of what it will predict.
 *
 * @param tf The engine.
 * @throws {Error} if the weights are of another model.
 */
export async function submitToCourse(
  tf: TensorFlow,
  { run, checkpoint, folder, frames }: Submission,
  working: WorkOptions = {},
): Promise<Submitted> {
  const { size, images: resampling } = run.config.frames;
  const { model, space } = await trainedModel(tf, run, checkpoint);
  try {
    const zip = join(folder, COURSE_ZIP);
    await claimFolder(folder, {
      madeOf: await madeOfText(run, checkpoint, []),
      files: [COURSE_ZIP],
    });
    await writeCoursePackage(zip, {
      weights: join(run.path, RUN_FILES[checkpoint]),
      model: { ...run.config.model, classes: space.classes.length },
      size,
      resampling,
    });
    using predictor = new Predictor(tf, model);
    const samples: Sample[] = [];
    for (const { id, image: path } of spread(frames)) {
      working.signal?.throwIfAborted();
      const image = await decodeResized(path, size, resampling);
      const shape = [1, size.height, size.width] as const;
      const labels = await predictor.trainIds({ pixels: image.pixels, shape });
      samples.push(new Sample({ id, image, labels, space }));
    }
    return { zip, ...samples.length > 0 && { sheet: await writeSheet(folder, samples) } };
  } finally {
    model.dispose();
  }
}

/** What predictions depend on; another text means that they are to be made anew. */
async function madeOfText(
  run: RunFolder,
  checkpoint: Submission["checkpoint"],
  frames: readonly Frame[],
): Promise<string> {
  const weights = await Deno.readFile(join(run.path, RUN_FILES[checkpoint]));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", weights)).toHex();
  const images = frames.map(({ image }) => image);
  return JSON.stringify({ run: run.name, checkpoint, weights: hash, images }, null, 2) + "\n";
}

function spread(frames: readonly Frame[]): Frame[] {
  const count = Math.min(SHOWN_FRAMES, frames.length);
  return Array.from({ length: count }, (_, i) => frames[Math.floor(i * frames.length / count)]!);
}

/** A frame and its prediction as it is in the package, small. */
async function shownSample(frame: Frame, path: string, space: LabelSpace): Promise<Sample> {
  const { ids, width, height } = await decodeLabels(path);
  const small = resizeNearest({ values: ids as Uint8Array, width, height, channels: 1 }, THUMBNAIL);
  const { pixels } = await decodeResized(frame.image, THUMBNAIL, "area");
  return new Sample({
    id: frame.id,
    image: { ...THUMBNAIL, pixels },
    labels: trainIdsOf({ ids: small, ...THUMBNAIL }, space, path),
    space,
  });
}

async function writeSheet(folder: string, samples: readonly Sample[]): Promise<string> {
  const path = join(folder, SHEET);
  await writeAtomically(path, await contactSheet(samples));
  return path;
}
