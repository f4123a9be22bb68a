import { meanScore } from "./mean_score.ts";
import type { Scores } from "./scores.ts";

type Row = [name: string, score: number | null];

/**
 * Scores as a table to read: classes, categories if there are any, and last the means.
 *
 * @param scores What to show.
 * @returns Lines of a name and its score with four decimals, `-` where there is none; no line break
 * at the end.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { scoreTable } from "./score_table.ts";
 *
 * const iou = { road: 0.9, car: null };
 * const scores = { miou: 0.9, iou, categoryIou: {}, pixelAccuracy: 0.95, confusionMatrix: [] };
 * assertEquals(
 *   scoreTable(scores),
 *   [
 *     "class              IoU",
 *     "road            0.9000",
 *     "car                  -",
 *     "",
 *     "mean IoU        0.9000",
 *     "pixel accuracy  0.9500",
 *   ].join("\n"),
 * );
 * ```
 */
export function scoreTable({ miou, iou, categoryIou, pixelAccuracy }: Scores): string {
  const classes: Row[] = Object.entries(iou);
  const categories: Row[] = Object.entries(categoryIou);
  const means: Row[] = [["mean IoU", miou]];
  if (categories.length > 0) {
    means.push(["mean category IoU", meanScore(Object.values(categoryIou))]);
  }
  means.push(["pixel accuracy", pixelAccuracy]);

  const names = ["category", ...[...classes, ...categories, ...means].map(([name]) => name)];
  const width = Math.max(...names.map((name) => name.length));
  const line = (name: string, score: string) => `${name.padEnd(width)}  ${score.padStart(6)}`;
  const lines = (rows: Row[]) => rows.map(([name, score]) => line(name, score?.toFixed(4) ?? "-"));
  return [
    line("class", "IoU"),
    ...lines(classes),
    "",
    ...(categories.length > 0 ? [line("category", "IoU"), ...lines(categories), ""] : []),
    ...lines(means),
  ].join("\n");
}
