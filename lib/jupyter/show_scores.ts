import type { LabelSpace } from "../data/mod.ts";
import { type ConfusionMatrix, scoresOf, scoreTable } from "../metrics/mod.ts";
import { barFigure, confusionFigure, type Figure } from "../plot/mod.ts";
import { showClasses } from "./data_bundles.ts";
import { DISPLAY, type Displayable } from "./kernel.ts";

/** The IoU of each class and their mean, as a table in the classes' colours. */
export function showScores(matrix: ConfusionMatrix, space: LabelSpace): Displayable {
  const scores = scoresOf(matrix, space);
  const percent = (share: number | null) => share === null ? "-" : (100 * share).toFixed(1);
  const pixels = matrix.counts.reduce((sum, count) => sum + count, 0);
  const table = showClasses(space, {
    heads: ["IoU in %", "share of pixels in %"],
    cells: (trainId) => [
      percent(scores.iou[space.classes[trainId]!.name]!),
      percent(matrix.trueCount(trainId) / pixels),
    ],
  });
  const means = `mean IoU ${percent(scores.miou)} %, pixel accuracy ${
    percent(scores.pixelAccuracy)
  } %`;
  return {
    async [DISPLAY]() {
      const { "text/html": html } = await table[DISPLAY]();
      return { "text/html": `${html}<p>${means}</p>`, "text/plain": scoreTable(scores) };
    },
  };
}

/** Where the pixels of each true class went, as a heat map. */
export function confusionOf(matrix: ConfusionMatrix, space: LabelSpace): Figure {
  const names = space.classes.map(({ name }) => name);
  return confusionFigure(matrix.counts, names, { title: "Where the pixels of a class went" });
}

/**
 * The IoU of each class for several models side by side.
 *
 * @param matrices Each under the name that the legend shows.
 */
export function compareIous(
  matrices: Readonly<Record<string, ConfusionMatrix>>,
  space: LabelSpace,
): Figure {
  const series = Object.entries(matrices).map(([name, matrix]) => ({
    name: `${name}, mean ${(100 * matrix.meanIou()).toFixed(1)} %`,
    values: matrix.ious(),
  }));
  const names = space.classes.map(({ name }) => name);
  return barFigure(names, series, { title: "IoU of each class", yTitle: "IoU", yRange: [0, 1] });
}
