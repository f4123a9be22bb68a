import type { LayersModel, Scalar, Tensor1D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { penaltiesOf } from "../models/mod.ts";
import { castBytes, largestClass, type TensorFlow } from "../tensorflow/mod.ts";
import type { Batch } from "./batch.ts";
import { crossEntropy } from "./cross_entropy.ts";
import { logitsOf } from "./logits_of.ts";
import { computeLoss, type Loss } from "./loss.ts";
import type { Optimizer } from "./optimizer.ts";

/** So many classes have a byte each. */
const MOST_BYTES = 256;

/** What a step works on. */
export interface TrainStepSubject {
  /** From images `[B, H, W, 3]` to logits `[B, H, W, K]`; its weights change. */
  model: LayersModel;
  /** Whose variables are the model's. */
  optimizer: Optimizer;
  /** Images and labels `[B, H, W]`. */
  batch: Batch;
  /** What the optimizer's `nextFactors` gave, `[2]`. */
  factors: Tensor1D;
}

/** Options of {@linkcode trainStep}. */
export interface TrainStepOptions {
  /**
   * What the step makes smaller, with what the model's regularizers add.
   *
   * @default {crossEntropy}
   */
  loss?: Loss;
}

/** What a step came to before it changed the weights; the caller owns the tensors. */
export type TrainStepResult = {
  /** Without what regularizers add, so that it compares with that of a validation. */
  loss: Scalar;
  /** The share of the pixels that are predicted right, 0..1, void left out. */
  accuracy: Scalar;
};

/**
 * One step of training: forward, gradient, update. It can be compiled.
 *
 * @param tf The engine.
 * @throws {TypeError} if the loss gives no scalar of float32.
 */
export function trainStep(
  tf: TensorFlow,
  { model, optimizer, batch, factors }: TrainStepSubject,
  { loss = crossEntropy }: TrainStepOptions = {},
): TrainStepResult {
  return tf.tidy(() => {
    // They have to outlive the inner function.
    const kept: Scalar[] = [];
    const keep = (scalar: Scalar) => kept.push(tf.keep(scalar.clone()));
    try {
      const { grads } = tf.variableGrads(() => {
        const logits = logitsOf(model, batch.images, { training: true });
        const value = computeLoss(tf, loss, { logits, labels: batch.labels });
        keep(value);
        keep(pixelAccuracy(tf, logits, batch.labels));
        return penaltiesOf(model).reduce((sum, penalty) => sum.add(penalty), value);
      }, optimizer.variables);
      optimizer.apply(grads, factors);
      const [value, accuracy] = kept as [Scalar, Scalar];
      return { loss: value.clone(), accuracy: accuracy.clone() };
    } finally {
      tf.dispose(kept);
    }
  });
}

function pixelAccuracy(tf: TensorFlow, logits: Tensor4D, labels: Tensor3D): Scalar {
  const predicted = logits.shape[3] > MOST_BYTES
    ? logits.argMax<Tensor3D>(-1)
    : castBytes(tf, largestClass<Tensor3D>(tf, logits), "int32");
  const valid = labels.greaterEqual(0).logicalAnd(labels.less(logits.shape[3]));
  const right = predicted.equal(labels).logicalAnd(valid);
  return right.cast("float32").sum().div(valid.cast("float32").sum().maximum(1));
}
