import type { Label } from "../data/mod.ts";
import type { BenchmarkCounts } from "./benchmark_counts.ts";
import { meanScore } from "./mean_score.ts";

type ByName = Record<string, number | null>;

/**
 * A result in the layout of the file that cityscapesScripts writes (`createResultDict` in
 * `evalPixelLevelSemanticLabeling.py`). Where that file has NaN, which is no JSON, this has `null`.
 */
export interface OfficialResult {
  /** Pixels by true and predicted label id, 0..33, void ones included. */
  confMatrix: number[][];
  /** The share of all pixels that a label has in the truth, by its name. */
  priors: ByName;
  /** The label ids by name. */
  labels: Record<string, number>;
  /** IoU by label name, 0..1; `null` for labels that are not evaluated. */
  classScores: ByName;
  /** Instance-weighted IoU by label name. */
  classInstScores: ByName;
  /** IoU by category, 0..1. */
  categoryScores: ByName;
  /** Instance-weighted IoU by category. */
  categoryInstScores: ByName;
  averageScoreClasses: number | null;
  averageScoreInstClasses: number | null;
  averageScoreCategories: number | null;
  averageScoreInstCategories: number | null;
}

/**
 * Scores in the benchmark's own words.
 *
 * @param counts Counts over the whole set.
 * @throws {Error} if the dataset has no table of the benchmark's labels.
 */
export function officialResult(counts: BenchmarkCounts): OfficialResult {
  const { labels } = counts.space;
  if (!labels) {
    throw new Error(
      "Cannot write the benchmark's layout: expected Cityscapes' labels, got another dataset's",
    );
  }
  const drawn = labels.filter(({ id }) => id >= 0);
  const confMatrix = drawn.map((row) => drawn.map((column) => counts.pixels(row.id, column.id)));
  const { iou, categoryIou, instanceIou } = counts.scores();
  const names = drawn.map(({ name }) => name);
  const categories = new Set(labels.map(({ category }) => category));
  const result = {
    confMatrix,
    priors: priorsOf(drawn, confMatrix),
    labels: Object.fromEntries(drawn.map(({ name, id }) => [name, id])),
    classScores: byName(names, iou),
    classInstScores: byName(names, instanceIou?.classes),
    categoryScores: byName(categories, categoryIou),
    categoryInstScores: byName(categories, instanceIou?.categories),
  };
  return {
    ...result,
    averageScoreClasses: meanScore(Object.values(result.classScores)),
    averageScoreInstClasses: meanScore(Object.values(result.classInstScores)),
    averageScoreCategories: meanScore(Object.values(result.categoryScores)),
    averageScoreInstCategories: meanScore(Object.values(result.categoryInstScores)),
  };
}

function priorsOf(labels: readonly Label[], confMatrix: number[][]): ByName {
  const rows = confMatrix.map((row) => row.reduce((sum, pixels) => sum + pixels, 0));
  const total = rows.reduce((sum, pixels) => sum + pixels, 0);
  return Object.fromEntries(
    labels.map(({ name }, index) => [name, total === 0 ? null : rows[index]! / total]),
  );
}

/** The scores of all names, `null` for those that have none. */
function byName(names: Iterable<string>, scores: ByName = {}): ByName {
  return Object.fromEntries([...names].map((name) => [name, scores[name] ?? null]));
}
