import { meanScore } from "./mean_score.ts";
import type { Scores } from "./scores.ts";

type Score = number | null | undefined;
/** A name, its score, and its instance-weighted score if that column is shown. */
type Row = [name: string, ...scores: Score[]];

/**
 * Scores as a table to read: classes, categories if there are any, and last the means; with a second
 * column of instance-weighted scores where instances are known.
 *
 * @param scores What to show.
 * @returns Lines of a name and its scores with four decimals, `-` where there is none; no line break
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
export function scoreTable(
  { miou, iou, categoryIou, instanceIou, pixelAccuracy }: Scores,
): string {
  const heads = instanceIou ? ["IoU", "iIoU"] : ["IoU"];
  const rowsOf = (scores: Record<string, Score>, weighted?: Record<string, Score>): Row[] =>
    Object.entries(scores).map((
      [name, score],
    ) => [name, score, ...weighted ? [weighted[name]] : []]);
  const mean = (scores: Record<string, number | null>) => meanScore(Object.values(scores));

  const classes = rowsOf(iou, instanceIou?.classes);
  const categories = rowsOf(categoryIou, instanceIou?.categories);
  const means: Row[] = [["mean IoU", miou, ...instanceIou ? [mean(instanceIou.classes)] : []]];
  if (categories.length > 0) {
    const weighted = instanceIou ? [mean(instanceIou.categories)] : [];
    means.push(["mean category IoU", mean(categoryIou), ...weighted]);
  }
  const accuracy: Row = ["pixel accuracy", pixelAccuracy];

  const names = [
    "category",
    ...[...classes, ...categories, ...means, accuracy].map(([name]) => name),
  ];
  const width = Math.max(...names.map((name) => name.length));
  const line = (name: string, cells: string[]) =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(6))].join("  ");
  const lines = (rows: Row[]) =>
    rows.map(([name, ...scores]) => line(name, scores.map((score) => score?.toFixed(4) ?? "-")));
  return [
    line("class", heads),
    ...lines(classes),
    "",
    ...(categories.length > 0 ? [line("category", heads), ...lines(categories), ""] : []),
    ...lines([...means, accuracy]),
  ].join("\n");
}
