import { inParallel } from "../system/mod.ts";
import type { Frame } from "../data/mod.ts";
import { type MatchedPredictions, matchPredictions } from "./match_predictions.ts";
import { pngSize } from "./png_size.ts";

/** A frame and the files that are compared. */
export interface PredictedFrame {
  /** The frame's id. */
  id: string;
  /** The path of its label image. */
  labels: string;
  /** The path of the label image that was predicted. */
  prediction: string;
  /** The path of its instance ids, if there are any. */
  instances?: string;
}

/** A kind of fault: what `count` of them are, and which ones. */
type Fault = [what: (count: number) => string, which: string[]];

/** How many of each kind an error names. */
const NAMED = 3;

/**
 * Finds the one prediction of each frame, and checks that it is a PNG of its label image's size.
 *
 * @param frames The frames; all must have labels.
 * @param folder Where the predictions are; see {@linkcode matchPredictions}.
 * @throws {Error} if predictions are missing, more than one for a frame, of no frame, or of another
 * size; one message names the first of each kind and counts the others.
 */
export async function checkPredictions(
  frames: readonly Frame[],
  folder: string,
): Promise<PredictedFrame[]> {
  const cannot = `Cannot score the predictions in ${folder}`;
  if (frames.length === 0) throw new Error(`${cannot}: expected at least one frame, got none`);
  const isFolder = await Deno.stat(folder).then((info) => info.isDirectory, () => false);
  if (!isFolder) throw new Error(`${cannot}: expected a folder there, got none`);

  const matched = await matchPredictions(frames, folder);
  const pairs = frames.map(({ id, labels, instances }) => {
    if (labels === undefined) {
      throw new Error(`${cannot}: expected frames with labels, got ${id} without`);
    }
    const predictions = matched.byFrame.get(id)!;
    return { id, labels, ...(instances !== undefined && { instances }), predictions };
  });
  const faults = [...matchingFaults(matched), await sizeFault(pairs)]
    .filter(([, which]) => which.length > 0);
  if (faults.length > 0) {
    throw new Error(
      `${cannot}: expected one PNG <frame id>*.png for each of the ` +
        `${frames.length} frames, got\n${faults.map(describe).join("\n")}`,
    );
  }
  return pairs.map(({ predictions, ...pair }) => ({ ...pair, prediction: predictions[0]! }));
}

function matchingFaults({ byFrame, extra }: MatchedPredictions): Fault[] {
  const counted = [...byFrame];
  const missing = counted.filter(([, paths]) => paths.length === 0).map(([id]) => id);
  const several = counted.filter(([, paths]) => paths.length > 1)
    .map(([id, paths]) => `${id} (${listed(paths)})`);
  return [
    [(count) => `${count} ${count === 1 ? "frame" : "frames"} without a prediction`, missing],
    [(count) => `${count} ${count === 1 ? "frame" : "frames"} with several`, several],
    [(count) => `${count} ${count === 1 ? "PNG" : "PNGs"} of none of the frames`, extra],
  ];
}

async function sizeFault(pairs: { labels: string; predictions: string[] }[]): Promise<Fault> {
  const wrong = new Map<string, string>();
  await inParallel(pairs, async ({ labels, predictions }) => {
    const expected = await pngSize(labels);
    if (!expected) throw new Error(`Cannot read the labels ${labels}: expected a PNG`);
    for (const path of predictions) {
      const got = await pngSize(path);
      if (got?.width === expected.width && got.height === expected.height) continue;
      const size = got ? `${got.width}x${got.height}` : "no PNG";
      wrong.set(path, `${path} (${size}, not ${expected.width}x${expected.height})`);
    }
  });
  // In the frames' order, in whatever order they were read.
  const which = pairs.flatMap(({ predictions }) => predictions)
    .flatMap((path) => wrong.get(path) ?? []);
  return [(count) => `${count} not of the labels' size`, which];
}

function describe([what, which]: Fault): string {
  return `  ${what(which.length)}: ${listed(which)}`;
}

/** The first few, and how many more there are. */
function listed(which: string[]): string {
  const more = which.length - NAMED;
  return which.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
