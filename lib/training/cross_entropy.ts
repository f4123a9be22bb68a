import type {
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
} from "@tensorflow/tfjs-node-gpu";
import { rawOp, softmaxCrossEntropy, type TensorFlow } from "../tensorflow/mod.ts";

/** Keeps a batch that is all void from dividing 0 by 0. */
const LEAST_WEIGHT = 1e-12;

/** What is compared: logits and the truth. */
export interface LogitsAndLabels {
  /** `[B, H, W, K]`, float32. */
  logits: Tensor4D;
  /** Train ids `[B, H, W]`, int32; 0..K-1, anything else is void. */
  labels: Tensor3D;
}

/** Options of {@linkcode crossEntropy}. */
export interface CrossEntropyOptions {
  /** The weight of each class, K of them; 1 by default. */
  classWeights?: readonly number[];
}

/**
 * The mean cross-entropy between softmax(logits) and the labels over the pixels that are not void,
 * weighted by their classes as PyTorch's `cross_entropy(weight=...)` does: the sum of the weighted
 * losses divided by the sum of the weights. 0 where all is void. Differentiable with respect to the
 * logits.
 *
 * @param tf The engine.
 * @param batch Logits and labels.
 * @returns A scalar, float32, which the caller owns.
 */
export function crossEntropy(
  tf: TensorFlow,
  { logits, labels }: LogitsAndLabels,
  { classWeights }: CrossEntropyOptions = {},
): Scalar {
  return tf.tidy(() => {
    const classes = logits.shape[3];
    const flat_N = labels.reshape<Tensor1D>([-1]);
    const valid_N = tf.logicalAnd(flat_N.greaterEqual(0), flat_N.less(classes));
    const mask_N = valid_N.cast("float32");
    const weights_N = classWeights
      ? pick(tf, tf.tensor1d([...classWeights]), flat_N.mul(valid_N.cast("int32"))).mul(mask_N)
      : mask_N;
    const shares_N = weights_N.div<Tensor1D>(weights_N.sum().maximum(LEAST_WEIGHT));
    return weightedCrossEntropy(tf, logits.reshape([-1, classes]), flat_N, shares_N);
  });
}

/** The values at some indices; tfjs's own `gather` reads the indices, which cannot be compiled. */
function pick(tf: TensorFlow, values_K: Tensor1D, indices_N: Tensor1D): Tensor {
  const inputs = [values_K, indices_N, tf.scalar(0, "int32")];
  const attributes = {
    Tparams: { type: "FLOAT" },
    Tindices: { type: "INT32" },
    Taxis: { type: "INT32" },
    batch_dims: { int: 0 },
  } as const;
  return rawOp(tf, { name: "GatherV2", inputs }, { attributes })[0]!;
}

/**
 * The sum over rows of logits of their cross-entropy with their label, times the row's weight.
 *
 * @param logits_NK float32.
 * @param labels_N int32; where a label is not 0..K-1, the weight must be 0.
 * @param weights_N float32.
 */
function weightedCrossEntropy(
  tf: TensorFlow,
  logits_NK: Tensor2D,
  labels_N: Tensor1D,
  weights_N: Tensor1D,
): Scalar {
  const compute = tf.customGrad((logits, save) => {
    const rows = { logits: logits as Tensor2D, labels: labels_N, weights: weights_N };
    const { losses, gradient } = softmaxCrossEntropy(tf, rows);
    (save as (tensors: Tensor[]) => void)([gradient]);
    return {
      value: losses.sum(),
      gradFunc: (dy: Tensor, [gradient]: Tensor[]) => gradient!.mul(dy),
    };
  });
  return compute(logits_NK) as Scalar;
}
