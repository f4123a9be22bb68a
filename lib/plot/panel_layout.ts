import type { JsonObject } from "./figure.ts";
import type { Panel } from "./line_figure.ts";
import { axisTitle, STYLE } from "./style.ts";

/** What a panel adds to the layout: its axes, and its title among the annotations. */
export function panelLayout(
  panel: Panel,
  index: number,
): { layout: JsonObject; annotation: JsonObject[] } {
  const number = axisNumber(index);
  const { title, xTitle, yTitle, yRange, logarithmic } = panel;
  if (logarithmic && yRange && !yRange.every((end) => end > 0)) {
    throw new RangeError(
      `Cannot draw curves: expected a range above 0 on a logarithmic axis, got ${
        yRange.join("..")
      }`,
    );
  }
  const common = { gridcolor: STYLE.grid, zeroline: false, linecolor: STYLE.muted, ticks: "" };
  return {
    layout: {
      [`xaxis${number}`]: {
        ...common,
        title: axisTitle(xTitle),
        showline: true,
        showgrid: false,
        ...fewWholeNumbers(panel) && { dtick: 1 },
      },
      [`yaxis${number}`]: {
        ...common,
        title: axisTitle(yTitle),
        ...logarithmic && { type: "log", exponentformat: "power", dtick: 1 },
        // A logarithmic axis takes its range as exponents.
        ...yRange && { range: logarithmic ? yRange.map(Math.log10) : yRange },
      },
    },
    annotation: title ? [panelTitle(title, number)] : [],
  };
}

/** Plotly's number of the axes of a panel: none for the first, then 2, 3, ... */
export function axisNumber(index: number): string {
  return index === 0 ? "" : String(index + 1);
}

/** Whether x counts something, and so little of it that Plotly would put ticks at halves. */
function fewWholeNumbers({ series }: Panel): boolean {
  const values = series.flatMap(({ x }) => x.length <= 11 ? x : [NaN]);
  return values.every(Number.isInteger) && Math.max(...values) - Math.min(...values) <= 10;
}

/** Plotly has no titles of subplots: a text above the axes is one. */
function panelTitle(text: string, number: string): JsonObject {
  return {
    text,
    xref: `x${number} domain`,
    yref: `y${number} domain`,
    x: 0,
    y: 1,
    xanchor: "left",
    yanchor: "bottom",
    yshift: 4,
    showarrow: false,
    font: { size: STYLE.titleSize, weight: 600 },
  };
}
