import type { LabelSpace } from "../data/mod.ts";
import { ConfusionMatrix } from "./confusion_matrix.ts";

/**
 * The intersection over union of each category, as the Cityscapes benchmark defines it
 * (`getIouScoreForCategory` in cityscapesScripts' `evalPixelLevelSemanticLabeling.py`): classes of a
 * category taken for each other are right. A prediction that is no class is wrong, also where its
 * label is of the true category, as `parking` is for `road`.
 *
 * @param matrix Counts by class.
 * @param space The classes, in the order of their train ids.
 * @returns By category, in the order of their first classes, 0..1; `null` for a category that is
 * neither true nor predicted in any pixel that counts. Classes without a category are in none.
 * @throws {RangeError} if the matrix is of another number of classes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CITYSCAPES } from "../data/mod.ts";
 * import { categoryIous } from "./category_ious.ts";
 * import { ConfusionMatrix } from "./confusion_matrix.ts";
 *
 * const matrix = new ConfusionMatrix(19);
 * const road = 0, sidewalk = 1;
 * matrix.add(Uint8Array.of(road, road), Uint8Array.of(road, sidewalk));
 * assertEquals(matrix.ious()[road], 1 / 2);
 * assertEquals(categoryIous(matrix, CITYSCAPES).flat, 1);
 * ```
 */
export function categoryIous(
  matrix: ConfusionMatrix,
  { classes }: LabelSpace,
): Record<string, number | null> {
  if (matrix.classes !== classes.length) {
    throw new RangeError(
      `Cannot score categories: expected a confusion matrix of ${classes.length} classes, ` +
        `got one of ${matrix.classes}`,
    );
  }
  const categories = [...new Set(classes.map(({ category }) => category))];
  const merged = mergeClasses(matrix, classes.map(({ category }) => categories.indexOf(category)));
  const ious: Record<string, number | null> = {};
  for (const [index, iou] of merged.ious().entries()) {
    const category = categories[index];
    if (category !== undefined) ious[category] = iou;
  }
  return ious;
}

/** The counts with each class replaced by its group's number. */
function mergeClasses({ classes, counts }: ConfusionMatrix, groups: number[]): ConfusionMatrix {
  const merged = new ConfusionMatrix(Math.max(...groups) + 1);
  counts.forEach((pixels, cell) => {
    const truth = Math.floor(cell / (classes + 1)), predicted = cell % (classes + 1);
    merged.count(groups[truth]!, groups[predicted] ?? merged.classes, pixels);
  });
  return merged;
}
