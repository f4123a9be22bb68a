import type { PreparedFrames, Sample } from "../data/mod.ts";
import type { Displayable } from "./kernel.ts";
import { pictures } from "./plot.ts";

/** Options of {@linkcode showSamples}. */
export interface ShowSamplesOptions {
  /** The train ids that were predicted for each sample, `[H, W]`; without them two columns are shown. */
  predicted?: readonly Uint8Array[];
  /** What stands above each sample; their names by default. */
  captions?: readonly string[];
}

/**
 * Frames in rows: input, truth and, if there is one, prediction in the colours of the classes.
 *
 * @param samples At least one, all of the same classes.
 * @throws {RangeError} if there is none.
 */
export function showSamples(
  samples: readonly Sample[],
  { predicted, captions }: ShowSamplesOptions = {},
): Displayable {
  const [first] = samples;
  if (!first) throw new RangeError("Cannot show samples: expected at least one");
  const rows = samples.map((sample, i) => ({
    caption: captions?.[i] ?? sample.id,
    images: [sample.image, sample.truth, ...predicted ? [sample.paint(predicted[i]!)] : []],
  }));
  const columns = ["input", "truth", ...predicted ? ["prediction"] : []];
  return pictures({ columns, rows, legend: first.space.classes });
}

/** A random sample of each split, with the split's size. */
export function showSplits(splits: readonly PreparedFrames[]): Displayable {
  return showSamples(splits.map((frames) => frames.randomSample()), {
    captions: splits.map(({ split, frames, width, height }) =>
      `${split}: ${frames.length} frames of ${width}x${height}`
    ),
  });
}
