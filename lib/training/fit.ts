import type { LayersModel, Tensor1D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { PackedFrames } from "../data/mod.ts";
import { compile, type TensorFlow } from "../tensorflow/mod.ts";
import { type BatchPlan, makeBatch } from "./batch.ts";
import { type Budget, BudgetClock } from "./budget.ts";
import { epochPlan } from "./epoch_plan.ts";
import { learningRate, type LearningRateOptions } from "./learning_rate.ts";
import type { Optimizer } from "./optimizer.ts";
import { trainStep } from "./train_step.ts";

/** Options of {@linkcode fit}. */
export interface FitOptions extends LearningRateOptions {
  budget: Budget;
  /**
   * Frames in a batch.
   *
   * @default {8}
   */
  batch?: number;
  /**
   * The highest learning rate.
   *
   * @default {1e-3}
   */
  rate?: number;
  /**
   * Whether half of the frames are mirrored left to right.
   *
   * @default {true}
   */
  flip?: boolean;
  /** The weight of each class in the loss; 1 by default. */
  classWeights?: readonly number[];
  /**
   * Seeds the order of the frames and their mirroring.
   *
   * @default {0}
   */
  seed?: number;
  /** Seconds that earlier sittings of the same training took. */
  secondsBefore?: number;
  /** Hears of every step. */
  onStep?: (step: StepReport) => void;
  /** Is called, and waited for, after every epoch. */
  onEpoch?: (epoch: EpochReport) => Promise<void>;
  /** Ends the training after the step that is under way. */
  signal?: AbortSignal | undefined;
}

/** What is trained, and on what. */
export interface FitSubject {
  /** The model, whose weights change. */
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
  /** The batch's mean cross-entropy before the step. */
  loss: number;
  /** The share of the batch's pixels that were predicted right before the step, 0..1. */
  accuracy: number;
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
 * Trains a model on cross-entropy that ignores void, from the step at which its optimizer is.
 *
 * @param tf The engine.
 * @returns Where it ended: at the end of the budget, or where the signal ended it.
 * @throws {RangeError} if a batch is larger than the set.
 * @throws {Error} if the loss is not a finite number; the message names the step and the files.
 */
export async function fit(
  tf: TensorFlow,
  subject: FitSubject,
  options: FitOptions,
): Promise<EpochReport> {
  const { optimizer, packed } = subject;
  const { batch = 8, rate: peak = 1e-3, flip = true, seed = 0, signal, onStep } = options;
  const frames = packed.frames.length;
  if (batch > frames) {
    throw new RangeError(`Cannot train: a batch of ${batch} is larger than the set of ${frames}`);
  }
  const stepsPerEpoch = Math.floor(frames / batch);
  const clock = new BudgetClock(options.budget, stepsPerEpoch, options.secondsBefore);
  const step = compiledStep(tf, subject, options);
  try {
    for (let epoch = 1 + Math.floor(optimizer.steps / stepsPerEpoch);; epoch++) {
      const done = optimizer.steps % stepsPerEpoch;
      for (const plan of epochPlan({ frames, batch, seed, epoch, flip }).slice(done)) {
        const used = clock.used(optimizer.steps);
        const state = { epoch, step: optimizer.steps, seconds: clock.seconds };
        if (used >= 1 || signal?.aborted) return state;
        const rate = learningRate(peak, used, options);
        const start = performance.now();
        const result = await step.run(plan, optimizer.nextFactors(rate));
        const imagesPerSecond = batch / (performance.now() - start) * 1000;
        checkLoss(result.loss, { step: optimizer.steps, packed, plan });
        onStep?.({
          ...{ step: optimizer.steps, epoch, ...result, learningRate: rate, imagesPerSecond },
          used: Math.min(1, clock.used(optimizer.steps)),
        });
        await turnOfEventLoop();
      }
      await options.onEpoch?.({ epoch, step: optimizer.steps, seconds: clock.seconds });
    }
  } finally {
    step.dispose();
  }
}

/** The training step as one compiled function, fed with batches. */
function compiledStep(
  tf: TensorFlow,
  { model, optimizer, packed }: FitSubject,
  { classWeights }: Pick<FitOptions, "classWeights">,
) {
  const step = compile(
    tf,
    (images: Tensor4D, labels: Tensor3D, factors: Tensor1D) =>
      trainStep(tf, { model, optimizer, batch: { images, labels }, factors }, {
        ...(classWeights && { classWeights }),
      }),
  );
  const run = async (plan: BatchPlan, factors: number[]) => {
    const { loss, accuracy } = tf.tidy(() => {
      const { images, labels } = makeBatch(tf, packed, plan);
      return step(images, labels, tf.tensor1d(factors));
    });
    try {
      return { loss: (await loss.data())[0]!, accuracy: (await accuracy.data())[0]! };
    } finally {
      tf.dispose([loss, accuracy]);
    }
  };
  return { run, dispose: step.dispose };
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

/** Lets timers and signals have their turn between steps, which block. */
function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
