import { LABELS, type Rgb, VOID } from "./labels.ts";

/** A class that is trained and evaluated. */
export interface LabelClass {
  readonly name: string;
  /** The id that its pixels have in label images. */
  readonly id: number;
  /** The category it is evaluated in as well; absent where the dataset has none. */
  readonly category?: string;
  /** The colour it is drawn in. */
  readonly color: Rgb;
}

/** The classes of a dataset, and how the ids in its label images map to them. */
export interface LabelSpace {
  /** The classes in the order of their train ids, which are their indices. */
  readonly classes: readonly LabelClass[];
  /** The train id of each label id, {@linkcode VOID} where it is not evaluated. */
  readonly trainIds: ReadonlyMap<number, number>;
}

/** The 19 evaluated classes of Cityscapes; the other labels, id -1 among them, are void. */
export const CITYSCAPES: LabelSpace = {
  classes: LABELS.filter(({ ignoreInEval }) => !ignoreInEval)
    .map(({ name, id, category, color }) => ({ name, id, category, color })),
  trainIds: new Map(
    LABELS.filter(({ id }) => id >= 0)
      .map(({ id, trainId, ignoreInEval }) => [id, ignoreInEval ? VOID : trainId]),
  ),
};
