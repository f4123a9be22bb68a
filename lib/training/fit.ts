import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import type { PackedFrames } from "../data/mod.ts";
import { requireOneOf, requireWhole } from "../system/mod.ts";
import { engineInfo, type Precision, type TensorFlow } from "../tensorflow/mod.ts";
import type { Augmentation } from "./augmentation.ts";
import { type Budget, BudgetClock } from "./budget.ts";
import { CompiledSteps, type StepResult } from "./compiled_steps.ts";
import { crossEntropy } from "./cross_entropy.ts";
import { type BatchPlan, epochPlan } from "./epoch_plan.ts";
import { learningRate, type LearningRateOptions, SCHEDULES } from "./learning_rate.ts";
import type { Loss } from "./loss.ts";
import { mirror } from "./mirror.ts";
import type { Optimizer } from "./optimizer.ts";

/** Options of {@linkcode fit}. */
export interface FitOptions extends LearningRateOptions {
  /** When the training ends. */
  budget: Budget;
  /**
   * Frames in a batch, a whole number from 1 to the size of the set.
   *
   * @default {8}
   */
  batch?: number;
  /**
   * The highest learning rate, above 0.
   *
   * @default {1e-3}
   */
  rate?: number;
  /**
   * How frames and their labels are changed at random, each time anew.
   *
   * @default {mirror()}
   */
  augmentation?: Augmentation;
  /**
   * The precision of convolutions and of what follows them, see `compile`.
   *
   * @default {"fp32"}
   */
  precision?: Precision;
  /**
   * Whether XLA compiles the training step, see `compile`; the first one then takes up to a minute.
   * A model of your own may have ops that XLA does not know.
   *
   * @default {true} on a GPU, unless `loss` is given, which may have such ops too
   */
  xla?: boolean;
  /**
   * What the training makes small, with what the model's regularizers add, such as the
   * `kernelRegularizer` of a layer; that is not in the losses that are told.
   *
   * @default {crossEntropy}
   */
  loss?: Loss;
  /** The weight of each class in cross-entropy, 0 or more, where no other loss is given; 1 by default. */
  classWeights?: readonly number[];
  /**
   * Seeds the order of the frames and their augmentation.
   *
   * @default {0}
   */
  seed?: number;
  /** Seconds that earlier sittings of the same training took. */
  secondsBefore?: number;
  /** Hears of every step. */
  onStep?: (step: StepReport) => void;
  /** Is called, and waited for, after every epoch. */
  onEpoch?: (epoch: EpochReport) => Promise<void> | void;
  /** Ends the training after the steps that are under way: one that runs and one that waits. */
  signal?: AbortSignal | undefined;
}

/** What is trained, and on what. */
export interface FitSubject {
  /**
   * The model, whose weights change. It is refused if a layer draws random numbers, as tfjs's dropout
   * does: on the host, where a compiled step cannot.
   */
  model: LayersModel;
  /** Its optimizer, which counts the steps. */
  optimizer: Optimizer;
  /** The frames to train on. */
  packed: PackedFrames;
}

/** What a step came to. */
export interface StepReport {
  /** Steps done so far, earlier sittings included. */
  step: number;
  /** The epoch that the step belongs to, from 1. */
  epoch: number;
  /** The batch's loss before the step. */
  loss: number;
  /** The share of the batch's pixels that were predicted right before the step, 0..1. */
  accuracy: number;
  /** The learning rate of the step. */
  learningRate: number;
  /** Images trained on in each second of the step, 0 and up. */
  imagesPerSecond: number;
  /** The share of the budget that is used, 0..1. */
  used: number;
}

/** Where a training stands after an epoch, or where it ended. */
export interface EpochReport {
  /** The epoch, from 1. */
  epoch: number;
  /** Steps done so far. */
  step: number;
  /** Seconds of training so far, over all sittings. */
  seconds: number;
}

/**
 * Trains a model from the step at which its optimizer is, by default on cross-entropy that ignores
 * void.
 *
 * @param tf The engine.
 * @returns Where it ended: at the end of the budget, or where the signal ended it.
 * @throws {RangeError} if a batch is no whole number of 1 or more, or is larger than the set; if a bound
 *   of the budget or the rate is not above 0; for a schedule that there is not, another share as warm-up,
 *   or other class weights than a number of 0 or more for each class.
 * @throws {TypeError} if there are a loss and class weights, if the loss gives no scalar of float32,
 *   or if the augmentation changes shapes or data types.
 * @throws {Error} if the loss is not a finite number; the message names the step and the files.
 */
export async function fit(
  tf: TensorFlow,
  subject: FitSubject,
  options: FitOptions,
): Promise<EpochReport> {
  const { optimizer, packed } = subject;
  const { batch = 8, rate: peak = 1e-3, augmentation = mirror(), seed = 0 } = options;
  const { signal, onStep } = options;
  const frames = packed.frames.length;
  checkOptions(subject, { ...options, batch, rate: peak, seed });
  if (batch > frames) {
    throw new RangeError(`Cannot train: a batch of ${batch} is larger than the set of ${frames}`);
  }
  const stepsPerEpoch = Math.floor(frames / batch);
  const { draws } = augmentation;
  const clock = new BudgetClock(options.budget, stepsPerEpoch, options.secondsBefore);
  const loss = lossOf(options);
  const xla = options.xla ?? (!options.loss && engineInfo()!.device.type === "GPU");
  const steps = new CompiledSteps(tf, subject, { ...options, augmentation, loss, xla });
  const report = async ({ state, plan, rate, result }: StartedStep, start: number) => {
    const { loss, accuracy } = await result;
    checkLoss(loss, { step: state.step, packed, plan });
    onStep?.({
      ...{ ...state, loss, accuracy, learningRate: rate },
      imagesPerSecond: batch / (performance.now() - start) * 1000,
      used: Math.min(1, clock.used(state.step)),
    });
    return performance.now();
  };
  try {
    for (let epoch = 1 + Math.floor(optimizer.steps / stepsPerEpoch);; epoch++) {
      const done = optimizer.steps % stepsPerEpoch;
      let before: StartedStep | undefined;
      let start = performance.now(), ends = false;
      for (const plan of epochPlan({ frames, batch, seed, epoch, draws }).slice(done)) {
        const used = clock.used(optimizer.steps);
        ends = used >= 1 || signal?.aborted === true;
        if (ends) break;
        const rate = learningRate(peak, used, options);
        // While it waits for the step before, that one is reported.
        const started = steps.start(plan, rate);
        const state = { step: optimizer.steps, epoch };
        if (before) start = await report(before, start);
        before = { state, plan, rate, result: started };
      }
      if (before) await report(before, start);
      const { steps: step } = optimizer;
      // After the last step of an epoch the next one has not begun.
      const reached = Math.max(1, Math.ceil(step / stepsPerEpoch));
      const end = { epoch: reached, step, seconds: clock.seconds };
      if (ends) return end;
      await options.onEpoch?.(end);
    }
  } finally {
    await steps.dispose();
  }
}

function checkOptions(
  { model }: FitSubject,
  { batch, rate, seed, schedule = "cosine", warmUp = 0, classWeights }:
    & Required<Pick<FitOptions, "batch" | "rate" | "seed">>
    & Pick<FitOptions, "schedule" | "warmUp" | "classWeights">,
): void {
  requireWhole("train", "a batch", { least: 1, given: batch });
  requireOneOf("train", "a schedule", { allowed: SCHEDULES, given: schedule });
  const classes = (model.outputShape as number[]).at(-1);
  const wrong = !(rate > 0 && rate < Infinity)
    ? `a rate above 0, got ${rate}`
    : !(warmUp >= 0 && warmUp < 1)
    ? `a warm-up of 0 or more and below 1, got ${warmUp}`
    : Number.isNaN(seed)
    ? `a seed, got ${seed}`
    : classWeights && (classWeights.length !== classes || !classWeights.every(isWeight))
    ? `${classes} class weights of 0 or more, got ${classWeights.join(", ")}`
    : undefined;
  if (wrong) throw new RangeError(`Cannot train: expected ${wrong}`);
}

function isWeight(value: number): boolean {
  return value >= 0 && value < Infinity;
}

/** A step that is under way. */
interface StartedStep {
  state: { step: number; epoch: number };
  plan: BatchPlan;
  /** The learning rate. */
  rate: number;
  result: Promise<StepResult>;
}

function lossOf({ loss, classWeights }: FitOptions): Loss {
  if (loss && classWeights) {
    throw new TypeError("Cannot train: expected a loss or class weights, got both");
  }
  return loss ?? ((tf, batch) => crossEntropy(tf, batch, { ...classWeights && { classWeights } }));
}

function checkLoss(
  loss: number,
  { step, packed, plan }: { step: number; packed: PackedFrames; plan: BatchPlan },
): void {
  if (Number.isFinite(loss)) return;
  const files = plan.indices.map((index) => packed.frames[index]!.image).join(", ");
  throw new Error(
    `Cannot go on training: the loss is ${loss} in step ${step} on ${files}; ` +
      "use a smaller learning rate",
  );
}
