import type { Progress } from "../system/mod.ts";
import type { StepReport } from "../training/mod.ts";

/** A step of a training as a report of progress: in steps, or in seconds if minutes are its bound. */
export function trainingProgress(
  { loss, accuracy, imagesPerSecond, epoch, step, used }: StepReport,
  { epochs, minutes, stepsPerEpoch }: {
    epochs?: number | undefined;
    minutes?: number | undefined;
    stepsPerEpoch: number;
  },
): Progress {
  const figures = { epoch, loss, accuracy, "images/s": imagesPerSecond };
  const task = "Training";
  if (minutes === undefined && epochs !== undefined) {
    return { task, done: step, total: epochs * stepsPerEpoch, unit: "steps", figures };
  }
  const total = (minutes ?? Infinity) * 60;
  return { task, done: used * total, total, unit: "s", figures };
}
