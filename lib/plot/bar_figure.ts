import type { Figure } from "./figure.ts";
import { axisTitle, BASE_LAYOUT, LEGEND_BELOW, STYLE, titleLayout } from "./style.ts";

/** Bars of one colour, one for each label. */
export interface BarSeries {
  /** Its name in the legend. */
  readonly name: string;
  /** As many as there are labels; `null` leaves a gap. */
  readonly values: readonly (number | null)[];
}

/** Options of {@linkcode barFigure}. */
export interface BarFigureOptions {
  readonly title?: string;
  /** What the values are. */
  readonly yTitle?: string;
  /** What the y axis covers. @default what the bars do */
  readonly yRange?: readonly [low: number, high: number];
}

const WIDTH = 920, HEIGHT = 380;

/**
 * Bars side by side, to compare values of the same labels.
 *
 * @param labels Such as the names of the classes, each different.
 * @param series What is compared, such as the IoU before and after.
 * @throws {RangeError} if a series has not one value for each label.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { barFigure } from "./bar_figure.ts";
 *
 * const figure = barFigure(["road", "car"], [{ name: "IoU", values: [0.9, null] }]);
 * assertEquals(figure.data[0]!.y, [0.9, null]);
 * ```
 */
export function barFigure(
  labels: readonly string[],
  series: readonly BarSeries[],
  options: BarFigureOptions = {},
): Figure {
  const { title, yTitle, yRange } = options;
  const wrong = series.find(({ values }) => values.length !== labels.length);
  if (wrong) {
    throw new RangeError(
      `Cannot draw the bars ${wrong.name}: expected ${labels.length} values, ` +
        `got ${wrong.values.length}`,
    );
  }
  return {
    data: series.map(({ name, values }, index) => ({
      type: "bar",
      name,
      x: labels,
      y: values.map((value) => Number.isFinite(value) ? value : null),
      marker: { color: STYLE.colors[index % STYLE.colors.length]! },
    })),
    layout: {
      ...BASE_LAYOUT,
      title: titleLayout(title),
      width: WIDTH,
      height: HEIGHT,
      margin: { t: title ? 56 : 24, r: 24, b: 150, l: 68 },
      barmode: "group",
      showlegend: series.length > 1,
      legend: LEGEND_BELOW,
      xaxis: { tickangle: -45, linecolor: STYLE.muted, showline: true },
      yaxis: {
        title: axisTitle(yTitle),
        gridcolor: STYLE.grid,
        ...yRange && { range: [...yRange] },
      },
    },
  };
}
