import type { Figure } from "./figure.ts";
import { axisTitle, BASE_LAYOUT, STYLE, titleLayout } from "./style.ts";

/** Options of {@linkcode confusionFigure}. */
export interface ConfusionFigureOptions {
  readonly title?: string;
}

/** The width and height of a cell in pixels: three digits fit. */
const CELL = 34;

/**
 * A heat map of a confusion matrix, each row divided by its sum: where the pixels of a true class
 * went, in percent. A row without pixels stays empty.
 *
 * @param counts `[K, K]` or `[K, K + 1]`, row-major: row is the true class, column the predicted one;
 * the further column, of predictions that are no class, is drawn only if it holds any.
 * @param names The names of the K classes, each different.
 * @throws {RangeError} if the counts are not as many as the names ask for.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ConfusionMatrix } from "../metrics/mod.ts";
 * import { confusionFigure } from "./confusion_figure.ts";
 *
 * const matrix = new ConfusionMatrix(2);
 * matrix.add(Uint8Array.of(0, 0, 1), Uint8Array.of(0, 1, 1));
 * const figure = confusionFigure(matrix.counts, ["road", "car"]);
 * assertEquals(figure.data[0]!.z, [[0.5, 0.5], [0, 1]]);
 * ```
 */
export function confusionFigure(
  counts: ArrayLike<number>,
  names: readonly string[],
  options: ConfusionFigureOptions = {},
): Figure {
  const { title } = options;
  const rows = rowsOf(counts, names.length);
  const predicted = rows[0]?.length === names.length ? names : [...names, "no class"];
  const shares = rows.map((row) => {
    const sum = row.reduce((total, count) => total + count, 0);
    return row.map((count) => sum === 0 ? null : count / sum);
  });
  return {
    data: [{
      type: "heatmap",
      x: predicted,
      y: names,
      z: shares,
      // Hundreds of zeros would hide the few cells that matter.
      text: shares.map((row) => row.map((share) => share! >= 0.005 ? percent(share!) : "")),
      texttemplate: "%{text}",
      textfont: { size: 11 },
      customdata: rows,
      hovertemplate: "true %{y}, predicted %{x}<br>" +
        "%{z:.2%} of the class, %{customdata:,} pixels<extra></extra>",
      colorscale: STYLE.colorscale,
      zmin: 0,
      zmax: 1,
      xgap: 1,
      ygap: 1,
      colorbar: { tickformat: ".0%", thickness: 12, outlinewidth: 0, len: 1 },
    }],
    layout: confusionLayout(names, predicted, title),
  };
}

function confusionLayout(
  names: readonly string[],
  predicted: readonly string[],
  title: string | undefined,
): Figure["layout"] {
  // About as wide as the longest name.
  const label = 0.56 * STYLE.fontSize * Math.max(...predicted.map((name) => name.length));
  const margin = { t: title ? 56 : 24, r: 84, b: label * 0.7 + 60, l: label + 48 };
  const axis = { type: "category", showgrid: false, zeroline: false, ticks: "", dtick: 1 };
  return {
    ...BASE_LAYOUT,
    title: titleLayout(title),
    width: Math.round(CELL * predicted.length + margin.l + margin.r),
    height: Math.round(CELL * names.length + margin.t + margin.b),
    margin,
    plot_bgcolor: STYLE.grid,
    xaxis: { ...axis, title: axisTitle("predicted class"), tickangle: -45 },
    yaxis: { ...axis, title: axisTitle("true class"), autorange: "reversed" },
  };
}

function rowsOf(counts: ArrayLike<number>, classes: number): number[][] {
  const columns = counts.length / classes;
  if (columns !== classes && columns !== classes + 1) {
    throw new RangeError(
      `Cannot draw a confusion matrix: expected ${classes}x${classes} or ${classes}x${
        classes + 1
      } ` +
        `counts for ${classes} classes, got ${counts.length}`,
    );
  }
  const rows = Array.from(
    { length: classes },
    (_, row) => Array.from({ length: columns }, (_, column) => counts[row * columns + column]!),
  );
  const used = columns === classes || rows.some((row) => row[classes]! > 0);
  return used ? rows : rows.map((row) => row.slice(0, classes));
}

function percent(share: number): string {
  return (share * 100).toFixed(0);
}
