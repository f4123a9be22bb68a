import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { PackedFrames } from "../data/mod.ts";
import {
  compile,
  type Compiled,
  type Precision,
  type TensorFlow,
  TensorFlowError,
} from "../tensorflow/mod.ts";
import { augment, type Augmentation } from "./augmentation.ts";
import { packBatch, unpackBatch } from "./batch.ts";
import type { BatchPlan } from "./epoch_plan.ts";
import type { FitSubject } from "./fit.ts";
import type { Loss } from "./loss.ts";
import type { Optimizer } from "./optimizer.ts";
import { startAndDispose } from "./start_and_dispose.ts";
import { trainStep } from "./train_step.ts";

/** Options of {@linkcode CompiledSteps}; they are those of `fit`. */
export interface CompiledStepsOptions {
  augmentation: Augmentation;
  loss: Loss;
  precision?: Precision;
  xla: boolean;
}

/** What a step came to before it changed the weights. */
export interface StepResult {
  loss: number;
  /** The share of the pixels that were predicted right, 0..1. */
  accuracy: number;
}

/** Augmentation and training step as one compiled function, fed with batches. */
export class CompiledSteps {
  readonly #tf: TensorFlow;
  readonly #packed: PackedFrames;
  readonly #optimizer: Optimizer;
  readonly #step: Compiled<[Tensor4D, Tensor3D, Tensor2D, Tensor1D], Tensor1D>;
  readonly #byXla: Compiled<[Tensor4D, Tensor3D, Tensor1D], Tensor1D> | undefined;
  readonly #draws: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    tf: TensorFlow,
    { model, optimizer, packed }: FitSubject,
    { augmentation, loss, precision = "fp32", xla }: CompiledStepsOptions,
  ) {
    this.#tf = tf;
    this.#packed = packed;
    this.#optimizer = optimizer;
    this.#draws = augmentation.draws;
    const learn = (images: Tensor4D, labels: Tensor3D, factors: Tensor1D) => {
      const batch = { images, labels };
      const result = trainStep(tf, { model, optimizer, batch, factors }, { loss });
      // One tensor, so that one copy brings both to the host.
      return tf.stack([result.loss, result.accuracy]) as Tensor1D;
    };
    // By itself, since XLA does not know all ops that an augmentation may have.
    this.#byXla = xla ? compile(tf, learn, { createsVariables: false, xla, precision }) : undefined;
    this.#step = compile(tf, (images, labels, draws_BD, factors) => {
      const plain = unpackBatch(tf, { images, labels });
      const batch = augment(tf, augmentation, { batch: plain, draws_BD });
      return (this.#byXla ?? learn)(batch.images, batch.labels, factors);
    }, { createsVariables: false, precision });
  }

  /**
   * Starts a step, which waits for the one before and which the optimizer counts.
   *
   * @param plan The batch, and the random numbers for its augmentation.
   * @param rate The learning rate.
   * @throws {Error} if it cannot be compiled; then it is not counted.
   */
  start(plan: BatchPlan, rate: number): Promise<StepResult> {
    const tf = this.#tf, { steps } = this.#optimizer;
    const { images, labels } = packBatch(tf, this.#packed, plan.indices);
    const draws_BD = tf.tensor2d(plan.draws, [plan.indices.length, this.#draws]);
    const factors = tf.tensor1d(this.#optimizer.nextFactors(rate));
    try {
      const { outputs, done } = startAndDispose(this.#step, images, labels, draws_BD, factors);
      const result = readResult(outputs, done).catch((error) => {
        throw this.#byXla && error instanceof TensorFlowError ? xlaError(error) : error;
      });
      this.#last = result.catch(() => {});
      return result;
    } catch (error) {
      this.#optimizer.resume(steps);
      throw error;
    }
  }

  /** Waits for the last step and frees what was compiled. */
  async dispose(): Promise<void> {
    await this.#last;
    this.#step.dispose();
    this.#byXla?.dispose();
  }
}

/** Whether it is XLA that cannot, TensorFlow's message tells. */
function xlaError(error: TensorFlowError): Error {
  return new Error(
    `Cannot train with XLA: ${error.message}; give fit() the option xla: false, or the task --no-xla`,
    { cause: error },
  );
}

async function readResult(outputs: Tensor1D, done: Promise<void>): Promise<StepResult> {
  try {
    await done;
    const [loss, accuracy] = await outputs.data();
    return { loss: loss!, accuracy: accuracy! };
  } finally {
    outputs.dispose();
  }
}
