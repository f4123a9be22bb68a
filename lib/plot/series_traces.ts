import type { JsonObject } from "./figure.ts";
import type { Series } from "./line_figure.ts";
import { axisNumber } from "./panel_layout.ts";
import { smooth } from "./smooth.ts";
import { STYLE } from "./style.ts";

/** Up to so many points each one is marked: epochs are, steps are not. */
const MARKED_POINTS = 40;

/**
 * The traces of a curve: one, or the values and their average.
 *
 * @param at The number of its panel; the names of all the figure's curves, which give the colour; and
 * whether the legend shows this one.
 * @throws {RangeError} if its `x` and `y` differ in length.
 */
export function seriesTraces(
  series: Series,
  at: { panel: number; names: readonly string[]; legend: boolean },
): JsonObject[] {
  const { name, x, y, smoothing = 0 } = series;
  if (x.length !== y.length) {
    throw new RangeError(
      `Cannot draw the curve ${name}: expected as many x as y, got ${x.length} and ${y.length}`,
    );
  }
  const number = axisNumber(at.panel);
  const color = STYLE.colors[at.names.indexOf(name) % STYLE.colors.length]!;
  const common = {
    type: "scatter",
    legendgroup: name,
    xaxis: `x${number}`,
    yaxis: `y${number}`,
    x,
  };
  const bold = { name, line: { color, width: 2.2 }, showlegend: at.legend };
  // JSON has no NaN.
  const values = y.map((value) => Number.isFinite(value) ? value : null);
  if (smoothing === 0) {
    const mode = x.length <= MARKED_POINTS ? "lines+markers" : "lines";
    return [{ ...common, ...bold, mode, marker: { size: 5 }, y: values }];
  }
  const light = { name: `${name}, each`, line: { color, width: 1 }, opacity: 0.35 };
  return [
    { ...common, ...light, mode: "lines", showlegend: false, y: values },
    { ...common, ...bold, mode: "lines", y: smooth(y, smoothing) },
  ];
}
