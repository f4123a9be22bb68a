import { type Label, LABELS, type Rgb, VOID } from "./labels.ts";

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
  /** The benchmark's whole table, whose ids index its confusion matrix; absent where there is none. */
  readonly labels?: readonly Label[];
}

/** What the license plate's id, -1, becomes in a byte; it is true in some files, never predicted. */
export const LICENSE_PLATE = -1 & 255;

/** The 19 evaluated classes of Cityscapes; the other labels, the license plate among them, are void. */
export const CITYSCAPES: LabelSpace = {
  classes: LABELS.filter(({ ignoreInEval }) => !ignoreInEval)
    .map(({ name, id, category, color }) => ({ name, id, category, color })),
  trainIds: new Map(
    LABELS.map(({ id, trainId, ignoreInEval }) => [id & 255, ignoreInEval ? VOID : trainId]),
  ),
  labels: LABELS,
};
