import type { Label } from "../data/mod.ts";
import type { BenchmarkCounts } from "./benchmark_counts.ts";

/** Instance-weighted IoUs by name; `null` for what is neither true nor predicted. */
export interface InstanceIous {
  /** By class, of the evaluated classes that have instances, 0..1. */
  classes: Record<string, number | null>;
  /** By category, of those all of whose labels have instances, 0..1. */
  categories: Record<string, number | null>;
}

/**
 * The instance-weighted IoU (iIoU), as the Cityscapes benchmark defines it
 * (`getInstanceIouScoreForLabel` and `getInstanceIouScoreForCategory` in cityscapesScripts'
 * `evalPixelLevelSemanticLabeling.py`): iTP / (iTP + FP + iFN), where iTP and iFN are weighted by the
 * class's mean instance size over the instance's. False positives belong to no instance and are not
 * weighted.
 *
 * @param counts Counts over the whole set.
 * @returns `undefined` where the instances of a frame are not known.
 */
export function instanceIous(counts: BenchmarkCounts): InstanceIous | undefined {
  const { instances, space: { labels } } = counts;
  if (!instances || !labels) return undefined;
  const drawn = labels.filter(({ id }) => id >= 0);
  const evaluated = drawn.filter(({ ignoreInEval }) => !ignoreInEval);
  const falsePositives = (
    isMeant: (label: Label) => boolean,
    isOther: (label: Label) => boolean,
  ) => {
    const columns = drawn.filter(isMeant);
    return evaluated.filter(isOther)
      .reduce(
        (sum, row) => sum + columns.reduce((s, { id }) => s + counts.pixels(row.id, id), 0),
        0,
      );
  };
  const iou = ({ right, missed }: { right: number; missed: number }, wrong: number) =>
    right + wrong + missed === 0 ? null : right / (right + wrong + missed);
  return {
    classes: Object.fromEntries(
      instances.classes.entries().map(([name, pixels]) => {
        const wrong = falsePositives(
          (label) => label.name === name,
          (label) => label.name !== name,
        );
        return [name, iou(pixels, wrong)];
      }),
    ),
    categories: Object.fromEntries(
      instances.categories.entries().map(([name, pixels]) => {
        const wrong = falsePositives(
          ({ category }) => category === name,
          (l) => l.category !== name,
        );
        return [name, iou(pixels, wrong)];
      }),
    ),
  };
}
