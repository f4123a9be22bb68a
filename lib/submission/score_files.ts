import {
  type Dataset,
  decodeLabels,
  type Frame,
  type LabelImage,
  type LabelSpace,
  trainIdsOf,
  VOID,
} from "../data/mod.ts";
import { ConfusionMatrix, countPairs, type Scores, scoresOf } from "../metrics/mod.ts";
import { inParallel, type WorkOptions } from "../system/mod.ts";
import { checkPredictions, type PredictedFrame } from "./check_predictions.ts";

/**
 * Scores predictions that any program wrote as PNGs of label ids, as the Cityscapes benchmark does.
 * No engine is needed.
 *
 * @param dataset The dataset that is predicted.
 * @param frames The frames that are predicted; all must have labels.
 * @param folder Where the predictions are: for each frame one file `<frame id>*.png`, anywhere below
 * it, of one channel of label ids (not train ids) or a palette, at the size of the frame's labels.
 * A void label id where a class is true is a miss.
 * @throws {Error} if predictions are missing, more than one for a frame, of no frame, or of another
 * size; one message names the first of each kind and counts the others.
 * @throws {Error} if a file is broken or has an unknown label id; the message names it.
 * @throws the signal's reason once it is aborted.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openDataset } from "../data/mod.ts";
 * import { writeSyntheticDataset } from "../data/synthetic/mod.ts";
 * import { scorePredictions } from "./score_files.ts";
 *
 * const root = await Deno.makeTempDir();
 * await writeSyntheticDataset(root, { frames: { train: 1, val: 1 }, width: 64, height: 32 });
 * const dataset = openDataset("synthetic", root);
 * const frames = await dataset.frames("val");
 * // The truth is the best prediction of itself.
 * const scores = await scorePredictions(dataset, frames, `${root}/gtFine/val`);
 * assertEquals(scores.miou, 1);
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function scorePredictions(
  dataset: Dataset,
  frames: readonly Frame[],
  folder: string,
  { onProgress, signal }: WorkOptions = {},
): Promise<Scores> {
  const predicted = await checkPredictions(frames, folder);
  const matrix = new ConfusionMatrix(dataset.space.classes.length);
  let done = 0;
  await inParallel(predicted, async (frame) => {
    await countFrame(matrix, frame, dataset.space);
    done++;
    onProgress?.({ task: "Scoring predictions", done, total: frames.length, unit: "frames" });
  }, { signal });
  return scoresOf(matrix, dataset.space);
}

/** Adds a frame's pixels to the matrix. */
async function countFrame(
  matrix: ConfusionMatrix,
  frame: PredictedFrame,
  space: LabelSpace,
): Promise<void> {
  const [truth, prediction] = await Promise.all(
    [frame.labels, frame.prediction].map(async (path) => ({ path, ...await decodeLabels(path) })),
  ) as [LabelFile, LabelFile];
  for (const pair of countPairs(bytesOf(truth, space), bytesOf(prediction, space))) {
    const trueId = trainIdOf(pair.truth, truth, space);
    matrix.count(trueId, trainIdOf(pair.predicted, prediction, space), pair.pixels);
  }
}

type LabelFile = LabelImage & { path: string };

/** An image's label ids as bytes, which all known ones are. */
function bytesOf(file: LabelFile, space: LabelSpace): Uint8Array {
  if (file.ids instanceof Uint8Array) return file.ids;
  trainIdsOf(file, space, file.path); // Throws if one is not.
  return Uint8Array.from(file.ids);
}

/** The train id of a label id that occurs in an image. */
function trainIdOf(id: number, file: LabelFile, space: LabelSpace): number {
  const trainId = space.trainIds.get(id);
  if (trainId === undefined) trainIdsOf(file, space, file.path); // Throws, naming the pixel.
  return trainId ?? VOID;
}
