import type { LabelSpace } from "../data/mod.ts";
import { categoryIous } from "./category_ious.ts";
import type { ConfusionMatrix } from "./confusion_matrix.ts";
import type { InstanceIous } from "./instance_ious.ts";
import { meanScore } from "./mean_score.ts";

/** The benchmark's scores as a plain object that JSON can hold. */
export interface Scores {
  /** The mean of `iou` over the classes that have one, 0..1; `null` if no pixel counts. */
  miou: number | null;
  /**
   * The intersection over union by class name, 0..1; `null` for a class that is neither true nor
   * predicted in any pixel that counts.
   */
  iou: Record<string, number | null>;
  /** As `iou` by category; empty where the dataset has no categories. */
  categoryIou: Record<string, number | null>;
  /** The instance-weighted IoU by class and by category; absent where no instances are known. */
  instanceIou?: InstanceIous;
  /** The share of the pixels that count that are predicted right, 0..1; `null` if none counts. */
  pixelAccuracy: number | null;
  /** Pixels `[K][K + 1]` by true and predicted class; the last column is predicted as no class. */
  confusionMatrix: number[][];
}

/**
 * The scores of predictions that were counted.
 *
 * @param matrix Counts over the whole set.
 * @param space The classes, in the order of their train ids.
 * @param instances Instance-weighted IoUs of the same predictions, if there are any.
 * @throws {RangeError} if the matrix is of another number of classes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CITYSCAPES } from "../data/mod.ts";
 * import { ConfusionMatrix } from "./confusion_matrix.ts";
 * import { scoresOf } from "./scores.ts";
 *
 * const matrix = new ConfusionMatrix(19);
 * const road = 0, sidewalk = 1;
 * matrix.add(Uint8Array.of(road, road), Uint8Array.of(road, sidewalk));
 * const { miou, iou, pixelAccuracy } = scoresOf(matrix, CITYSCAPES);
 * assertEquals([iou.road, iou.sidewalk, iou.car], [0.5, 0, null]);
 * assertEquals([miou, pixelAccuracy], [0.25, 0.5]);
 * ```
 */
export function scoresOf(
  matrix: ConfusionMatrix,
  space: LabelSpace,
  instances?: InstanceIous,
): Scores {
  const categoryIou = categoryIous(matrix, space);
  const ious = matrix.ious();
  const accuracy = matrix.pixelAccuracy();
  const { classes, counts } = matrix;
  const columns = classes + 1;
  return {
    miou: meanScore(ious),
    iou: Object.fromEntries(space.classes.map(({ name }, index) => [name, ious[index]!])),
    categoryIou,
    ...(instances && { instanceIou: instances }),
    pixelAccuracy: Number.isNaN(accuracy) ? null : accuracy,
    confusionMatrix: Array.from(
      { length: classes },
      (_, row) => [...counts.subarray(row * columns, (row + 1) * columns)],
    ),
  };
}
