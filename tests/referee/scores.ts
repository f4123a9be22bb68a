import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  BenchmarkCounts,
  CITYSCAPES,
  countFrame,
  decodeLabels,
  type Frame,
  type OfficialResult,
  officialResult,
} from "../../lib/mod.ts";
import { runCommand } from "../../lib/system/mod.ts";
import { componentInstances, REAL_PREDICTIONS } from "../metrics/_drawn_labels.ts";
import { writeInstances, writeLabels } from "../submission/_label_files.ts";

const SCRIPT = fileURLToPath(new URL("scores.py", import.meta.url));
/** Besides what a model predicts: random labels, and the truth with noise. */
const DRAWN = ["random", "noisy"] as const;
const LEARNT = "model";
const KINDS = [LEARNT, ...DRAWN];

/** How far our scores are from cityscapesScripts'. */
export interface ScoresVerdict {
  /** The greatest difference of any figure of the result, by kind of prediction. */
  differences: Record<string, number>;
  /** Their mean IoU and mean iIoU, in percent, to see what was compared. */
  means: Record<string, string>;
}

/**
 * Scores predictions with cityscapesScripts and with this library. Frames without instance ids are
 * given some: the connected components of the classes that have instances, the same to both.
 *
 * @param python A Python with cityscapesScripts.
 * @param subject Frames with labels, what predicts label ids of an image at a size, and an empty
 *   folder.
 */
export async function refereeScores(
  python: string,
  { frames, predict, folder }: {
    frames: readonly Frame[];
    predict: (image: string, size: { width: number; height: number }) => Promise<Uint8Array>;
    folder: string;
  },
): Promise<ScoresVerdict> {
  const counts = new Map(KINDS.map((kind) => [kind, new BenchmarkCounts(CITYSCAPES)]));
  for (const [index, frame] of frames.entries()) {
    const { ids, ...size } = await decodeLabels(frame.labels!);
    const truth = ids as Uint8Array;
    const path = (kind: string) => join(folder, `${frame.id}_${kind}.png`);
    await Deno.copyFile(frame.labels!, path("labelIds"));
    if (frame.instances) await Deno.copyFile(frame.instances, path("instanceIds"));
    else await writeInstances(path("instanceIds"), componentInstances(truth, size), size);
    const scored = { ...frame, instances: path("instanceIds") };
    for (const kind of KINDS) {
      const predicted = kind === LEARNT
        ? await predict(frame.image, size)
        : REAL_PREDICTIONS[kind]!(truth, size, index);
      await writeLabels(path(kind), predicted, size);
      await countFrame(counts.get(kind)!, scored, () => Promise.resolve(predicted));
    }
  }
  const result = await runCommand(python, [SCRIPT, folder, ...KINDS]);
  if (result?.code !== 0) throw new Error(`cityscapesScripts failed: ${result?.stderr}`);
  const official: Record<string, OfficialResult> = JSON.parse(result.stdout);
  const percent = (score: number | null) => score === null ? "-" : (100 * score).toFixed(2);
  return {
    differences: Object.fromEntries(
      KINDS.map((kind) => [kind, difference(officialResult(counts.get(kind)!), official[kind])]),
    ),
    means: Object.fromEntries(KINDS.map((kind) => {
      const { averageScoreClasses, averageScoreInstClasses } = official[kind]!;
      return [kind, `${percent(averageScoreClasses)} and ${percent(averageScoreInstClasses)}`];
    })),
  };
}

/** The greatest difference of two numbers in the same place; infinite where the form differs. */
export function difference(actual: unknown, expected: unknown): number {
  if (typeof actual === "number" && typeof expected === "number") {
    return Math.abs(actual - expected);
  }
  if (typeof actual !== "object" || typeof expected !== "object" || !actual || !expected) {
    return actual === expected ? 0 : Infinity;
  }
  if (Object.keys(actual).join() !== Object.keys(expected).join()) return Infinity;
  const others = expected as Record<string, unknown>;
  return Math.max(
    0,
    ...Object.entries(actual).map(([key, value]) => difference(value, others[key])),
  );
}
