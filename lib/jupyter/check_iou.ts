import { VOID } from "../data/mod.ts";
import { type CheckedPoint, SelfCheck } from "./self_check.ts";

/** The labels of a batch and what was predicted for the same pixels, as train ids. */
export interface LabelPair {
  truth: Uint8Array;
  predicted: Uint8Array;
}

/** What exercise 2 computes. */
export interface Ious {
  /** The IoU of each class, `null` for a class that is neither true nor predicted anywhere. */
  perClass: (number | null)[];
  /** Their mean over the classes that have one. */
  mean: number;
}

/** A solution of exercise 2. */
export type IouFunction = (
  batches: readonly LabelPair[],
  classes: number,
) => Ious | undefined | void;

const CLASSES = 3;
// Class 2 is absent. Over both batches: class 0 has 4 pixels right, 1 missed, 1 wrong; class 1 has
// 1 right, 1 missed, 1 wrong. The last pixel of the first batch is void.
const BATCHES: readonly LabelPair[] = [
  { truth: Uint8Array.of(0, 0, 1, VOID), predicted: Uint8Array.of(0, 1, 1, 1) },
  { truth: Uint8Array.of(0, 0, 0, 1), predicted: Uint8Array.of(0, 0, 0, 0) },
];
const PER_CLASS = [4 / 6, 1 / 3, null] as const;
const MEAN = 1 / 2;
/** What the usual mistakes give for class 0 and class 1. */
const MISTAKES: readonly { gives: readonly number[]; hint: string }[] = [
  { gives: [4 / 6, 1 / 4], hint: "void pixels (255) are counted; leave them out" },
  { gives: [5 / 8, 1 / 4], hint: "this is the mean over batches; count over all, divide once" },
  { gives: [5 / 8, 1 / 6], hint: "void pixels are counted, and this is the mean over batches" },
  { gives: [4 / 5, 1 / 2], hint: "the union lacks the pixels that were missed, or the wrong ones" },
];
const TOLERANCE = 1e-6;

/**
 * Checks exercise 2, the IoU as the Cityscapes benchmark computes it, on a case made by hand.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { ConfusionMatrix } from "../metrics/mod.ts";
 * import { checkIou } from "./check_iou.ts";
 *
 * const check = checkIou((batches, classes) => {
 *   const matrix = new ConfusionMatrix(classes);
 *   for (const { truth, predicted } of batches) matrix.add(truth, predicted);
 *   return { perClass: matrix.ious(), mean: matrix.meanIou() };
 * });
 * assert(check.isRight);
 * ```
 */
export function checkIou(iou: IouFunction): SelfCheck {
  const exercise = "Exercise 2";
  const result = iou(BATCHES, CLASSES);
  if (!result) return new SelfCheck(exercise);
  const { perClass, mean } = result;
  if (!Array.isArray(perClass) || typeof mean !== "number") {
    const what = "it returns { perClass, mean }, an array and a number";
    return new SelfCheck(exercise, [{ what, isRight: false }]);
  }
  const [first, second] = PER_CLASS;
  const counts: CheckedPoint = {
    what: "the IoU of each class over all batches, without void",
    isRight: isNear(perClass[0], first) && isNear(perClass[1], second),
    hint: hintFor(perClass),
  };
  const absent: CheckedPoint = {
    what: "a class that is nowhere has no IoU",
    isRight: perClass.length === CLASSES && perClass[2] === null,
    hint: `expected null, got ${perClass[2]}`,
  };
  const means: CheckedPoint = {
    what: "the mean is over the classes that have an IoU",
    isRight: isNear(mean, MEAN),
    hint: meanHint(perClass, mean),
  };
  return new SelfCheck(exercise, [counts, absent, means]);
}

function hintFor(perClass: readonly (number | null)[]): string {
  const mistake = MISTAKES.find(({ gives }) => gives.every((iou, i) => isNear(perClass[i], iou)));
  const got = perClass.slice(0, 2).map((iou) => iou?.toFixed(4) ?? iou).join(" and ");
  return mistake?.hint ?? `expected 0.6667 and 0.3333, got ${got}`;
}

function meanHint(perClass: readonly (number | null)[], mean: number): string {
  const sum = (perClass[0] ?? 0) + (perClass[1] ?? 0);
  if (isNear(mean, sum / CLASSES)) return "the absent class counts as 0; leave it out";
  if (isNear(mean, (sum + 1) / CLASSES)) return "the absent class counts as 1; leave it out";
  return `expected ${MEAN}, got ${mean}`;
}

function isNear(value: number | null | undefined, expected: number | null): boolean {
  return typeof value === "number" && expected !== null && Math.abs(value - expected) < TOLERANCE;
}
