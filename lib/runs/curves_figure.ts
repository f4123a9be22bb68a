import { type Figure, lineFigure } from "../plot/mod.ts";
import type { CsvRow } from "./csv_log.ts";
import type { HistoryRows } from "./history_rows.ts";

const SMOOTHING = 0.95;
/** More points than that cannot be told apart, and would make pages heavy. */
const MOST_POINTS = 2000;

/** The curves of a run: the losses over its steps, and the validation's scores. */
export function curvesFigure(name: string, { train, val }: HistoryRows): Figure {
  const column = (rows: readonly CsvRow[], key: string) => rows.map((row) => row[key] ?? null);
  const losses = thinned(train);
  const steps = (rows: readonly CsvRow[]) => rows.map((row) => row.step ?? NaN);
  const curve = (name: string, rows: readonly CsvRow[], key: string) => ({
    name,
    x: steps(rows),
    y: column(rows, key),
  });
  return lineFigure([
    {
      title: "Loss",
      xTitle: "step",
      yTitle: "cross-entropy",
      series: [
        { ...curve("training", losses, "loss"), smoothing: SMOOTHING },
        curve("validation", val, "loss"),
      ],
    },
    {
      title: "Validation scores",
      xTitle: "step",
      yRange: [0, 1],
      series: [
        curve("mean IoU", val, "miou"),
        curve("pixel accuracy", val, "pixelAccuracy"),
      ],
    },
  ], { title: name });
}

/** Every n-th row, so that there are not too many. */
function thinned(rows: readonly CsvRow[]): readonly CsvRow[] {
  const each = Math.ceil(rows.length / MOST_POINTS);
  return each > 1 ? rows.filter((_, i) => i % each === 0) : rows;
}
