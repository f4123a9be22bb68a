import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { VOID } from "../data/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import type { Loss } from "../training/mod.ts";
import { SelfCheck } from "./self_check.ts";

const TOLERANCE = 1e-6;

/**
 * Checks exercise 4, the loss: that it is one number, falls when the prediction gets better, and
 * leaves void out.
 *
 * @param tf The engine.
 * @param loss A solution.
 * @param classes How many classes the logits have, 2 or more.
 */
export function checkLoss(tf: TensorFlow, loss: Loss, classes: number): SelfCheck {
  // One row of two pixels.
  const lossOf = (first: number[], second: number[], truth: [number, number]) =>
    tf.tidy(() => {
      const logits: Tensor4D = tf.tensor4d([[[first, second]]]);
      const labels: Tensor3D = tf.tensor3d([[truth]], undefined, "int32");
      const value = loss(tf, { logits, labels });
      if (!value) return undefined;
      return value.size === 1 ? value.dataSync()[0]! : NaN;
    });
  const exercise = "Exercise 4";
  const sureOf = (index: number) => Array.from({ length: classes }, (_, i) => i === index ? 3 : 0);
  const unsure = sureOf(-1), right = sureOf(0), wrong = sureOf(1);
  const before = lossOf(unsure, unsure, [0, 0]);
  if (before === undefined) return new SelfCheck(exercise);
  const withoutVoid = lossOf(unsure, unsure, [0, VOID])!;
  const otherVoid = lossOf(unsure, wrong, [0, VOID])!;
  return new SelfCheck(exercise, [
    { what: "one finite number", isRight: Number.isFinite(before), hint: `got ${before}` },
    {
      what: "it falls when the prediction gets better and rises when it gets worse",
      isRight: lossOf(right, unsure, [0, 0])! < before && lossOf(wrong, unsure, [0, 0])! > before,
    },
    {
      what: "void pixels do not count",
      isRight: Math.abs(withoutVoid - otherVoid) < TOLERANCE,
      hint: "what is predicted where the label is 255 changes the loss",
    },
    {
      what: "the mean is over the pixels that count",
      isRight: Math.abs(withoutVoid - before) < TOLERANCE,
      hint: `one pixel gives ${withoutVoid}, two equal ones give ${before}`,
    },
    {
      what: "a batch that is all void has a finite loss",
      isRight: Number.isFinite(lossOf(unsure, unsure, [VOID, VOID])),
    },
  ]);
}
