import type { Dataset, Frame } from "../data/mod.ts";
import { BenchmarkCounts, type CountedFrames, type Scores } from "../metrics/mod.ts";
import { inParallel, WorkerPool, type WorkOptions } from "../system/mod.ts";
import { checkPredictions } from "./check_predictions.ts";
import type { FrameToCount } from "./count_worker.ts";

/**
 * Scores predictions that any program wrote as PNGs of label ids, as the Cityscapes benchmark does.
 * No engine is needed.
 *
 * @param dataset The dataset that is predicted.
 * @param frames The frames that are predicted; all must have labels.
 * @param folder Where the predictions are: for each frame one file `<frame id>*.png`, anywhere below
 * it, of one channel of label ids (not train ids) or a palette, at the size of the frame's labels.
 * A void label id where a class is true is a miss. Instance-weighted scores are there if all frames
 * have instance ids.
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
  options: WorkOptions = {},
): Promise<Scores> {
  return (await countPredictions(dataset, frames, folder, options)).scores();
}

/**
 * Counts what {@linkcode scorePredictions} scores, which takes the same arguments and throws the same
 * errors.
 */
export async function countPredictions(
  { space }: Dataset,
  frames: readonly Frame[],
  folder: string,
  { onProgress, signal }: WorkOptions = {},
): Promise<BenchmarkCounts> {
  const predicted = await checkPredictions(frames, folder);
  const counted: CountedFrames[] = [];
  let done = 0;
  using counters = new WorkerPool<FrameToCount, CountedFrames>(
    () => new Worker(new URL("./count_worker.ts", import.meta.url), { type: "module" }),
  );
  await inParallel([...predicted.entries()], async ([index, frame]) => {
    counted[index] = await counters.ask({ frame, space });
    done++;
    onProgress?.({ task: "Scoring predictions", done, total: frames.length, unit: "frames" });
  }, { signal, limit: counters.limit });
  const counts = new BenchmarkCounts(space);
  // In their order: sums of numbers with a point depend on it in the last digit.
  for (const frame of counted) counts.addCounted(frame);
  return counts;
}
