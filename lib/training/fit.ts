import type { LayersModel, Tensor1D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { PackedFrames } from "../data/mod.ts";
import { compile, type Compiled, type Precision, type TensorFlow } from "../tensorflow/mod.ts";
import { type BatchPlan, packBatch, unpackBatch } from "./batch.ts";
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
  /**
   * The precision of convolutions, see {@linkcode compile}.
   *
   * @default {"fp32"}
   */
  precision?: Precision;
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
  /** Ends the training after the steps that are under way: one that runs and one that waits. */
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
  const steps = new CompiledSteps(tf, subject, options);
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
      for (const plan of epochPlan({ frames, batch, seed, epoch, flip }).slice(done)) {
        const used = clock.used(optimizer.steps);
        ends = used >= 1 || signal?.aborted === true;
        if (ends) break;
        const rate = learningRate(peak, used, options);
        // While it waits for the step before, that one is reported.
        const started = steps.start(plan, optimizer.nextFactors(rate));
        const state = { step: optimizer.steps, epoch };
        if (before) start = await report(before, start);
        before = { state, plan, rate, result: started };
      }
      if (before) await report(before, start);
      const end = { epoch, step: optimizer.steps, seconds: clock.seconds };
      if (ends) return end;
      await options.onEpoch?.(end);
    }
  } finally {
    await steps.dispose();
  }
}

/** A step that is under way. */
interface StartedStep {
  state: { step: number; epoch: number };
  plan: BatchPlan;
  /** The learning rate. */
  rate: number;
  result: Promise<{ loss: number; accuracy: number }>;
}

/** The training step as one compiled function, fed with batches. */
class CompiledSteps {
  readonly #tf: TensorFlow;
  readonly #packed: PackedFrames;
  readonly #step: Compiled<[Tensor4D, Tensor3D, Tensor1D, Tensor1D], Tensor1D>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    tf: TensorFlow,
    { model, optimizer, packed }: FitSubject,
    { classWeights, precision = "fp32" }: Pick<FitOptions, "classWeights" | "precision">,
  ) {
    this.#tf = tf;
    this.#packed = packed;
    const options = { ...(classWeights && { classWeights }) };
    this.#step = compile(tf, (images, labels, flips, factors) => {
      const batch = unpackBatch(tf, { images, labels, flips });
      const { loss, accuracy } = trainStep(tf, { model, optimizer, batch, factors }, options);
      // One tensor, so that one copy brings both to the host.
      return tf.stack([loss, accuracy]) as Tensor1D;
    }, { createsVariables: false, precision });
  }

  /** Starts a step, which waits for the one before. */
  start(plan: BatchPlan, factors: number[]): StartedStep["result"] {
    const tf = this.#tf;
    const batch = packBatch(tf, this.#packed, plan);
    const factorsTensor = tf.tensor1d(factors);
    const { images, labels, flips } = batch;
    const { outputs, done } = this.#step.start(images, labels, flips, factorsTensor);
    tf.dispose([batch, factorsTensor]);
    const read = async () => {
      try {
        await done;
        const [loss, accuracy] = await outputs.data();
        return { loss: loss!, accuracy: accuracy! };
      } finally {
        outputs.dispose();
      }
    };
    const result = read();
    this.#last = result.catch(() => {});
    return result;
  }

  /** Waits for the last step and frees what was compiled. */
  async dispose(): Promise<void> {
    await this.#last;
    this.#step.dispose();
  }
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
