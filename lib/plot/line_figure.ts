import type { Figure } from "./figure.ts";
import { panelLayout } from "./panel_layout.ts";
import { seriesTraces } from "./series_traces.ts";
import { BASE_LAYOUT, LEGEND_BELOW, titleLayout } from "./style.ts";

/** A curve. */
export interface Series {
  /** Its name in the legend; curves of one name share a colour and a legend entry. */
  readonly name: string;
  /** Such as steps or epochs. */
  readonly x: readonly number[];
  /** As many values; what is not a finite number leaves a gap. */
  readonly y: readonly (number | null)[];
  /**
   * Draws the values light and their moving average bold: how much the past weighs in
   * {@linkcode smooth}, 0 to below 1.
   * @default 0, which draws the values only
   */
  readonly smoothing?: number;
}

/** Axes with curves. */
export interface Panel {
  readonly title?: string;
  readonly xTitle?: string;
  readonly yTitle?: string;
  /** What the y axis covers, above 0 if it is logarithmic; by default what its curves do. */
  readonly yRange?: readonly [low: number, high: number];
  /** Whether the y axis is logarithmic. @default false */
  readonly logarithmic?: boolean;
  readonly series: readonly Series[];
}

/** Options of {@linkcode lineFigure}. */
export interface LineFigureOptions {
  /** The title over all panels. */
  readonly title?: string;
  /** How many panels stand side by side; 1 stacks them. @default all of them */
  readonly columns?: number;
}

const PANEL_HEIGHT = 300;

/**
 * Curves in one or more panels, with one legend below them.
 *
 * @param panels At least one.
 * @throws {RangeError} if there is no panel or no column, a curve's `x` and `y` differ in length, or a
 *   logarithmic axis has no range above 0.
 *
 * @example The loss over the steps, the scores over the epochs
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { lineFigure } from "./line_figure.ts";
 *
 * const figure = lineFigure([
 *   { title: "Loss", series: [{ name: "loss", x: [1, 2], y: [2.9, 2.1], smoothing: 0.9 }] },
 *   { title: "Scores", series: [{ name: "mIoU", x: [1], y: [0.3] }] },
 * ]);
 * assertEquals(figure.data.map(({ name }) => name), ["loss, each", "loss", "mIoU"]);
 * ```
 */
export function lineFigure(panels: readonly Panel[], options: LineFigureOptions = {}): Figure {
  const { title, columns = panels.length } = options;
  if (!(Number.isInteger(columns) && columns >= 1)) {
    throw new RangeError(
      `Cannot draw curves: expected at least one panel and column, got ${panels.length} panels ` +
        `in ${columns} columns`,
    );
  }
  const rows = Math.ceil(panels.length / columns);
  const placed = panels.flatMap(({ series }, panel) => series.map((one) => ({ one, panel })));
  const all = placed.map(({ one }) => one.name);
  const names = [...new Set(all)];
  const margin = { t: title ? 76 : 40, r: 24, b: names.length > 1 ? 96 : 60, l: 68 };
  const axes = panels.map((panel, index) => panelLayout(panel, index));
  return {
    data: placed.flatMap(({ one, panel }, index) =>
      seriesTraces(one, { panel, names, legend: all.indexOf(one.name) === index })
    ),
    layout: {
      ...BASE_LAYOUT,
      title: titleLayout(title),
      width: columns === 1 ? 640 : 460 * columns,
      height: PANEL_HEIGHT * rows + (rows - 1) * 60 + margin.t + margin.b - 60,
      margin,
      grid: { rows, columns, pattern: "independent", xgap: 0.18, ygap: 0.3 },
      hovermode: "x unified",
      hoverdistance: -1, // However far the next point is.
      showlegend: names.length > 1,
      legend: LEGEND_BELOW,
      annotations: axes.flatMap(({ annotation }) => annotation),
      ...Object.assign({}, ...axes.map(({ layout }) => layout)),
    },
  };
}
