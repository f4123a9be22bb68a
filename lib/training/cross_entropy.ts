import type { Scalar, Tensor, Tensor1D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { rawOp, type TensorFlow } from "../tensorflow/mod.ts";

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
    // TensorFlow refuses a label without a class on a CPU and gives NaN on a GPU.
    const safe_N = flat_N.mul<Tensor1D>(valid_N.cast("int32"));
    const losses_N = sparseSoftmaxCrossEntropy(tf, logits.reshape([-1, classes]), safe_N);
    const mask_N = valid_N.cast("float32");
    const weights_N = classWeights
      ? pick(tf, tf.tensor1d([...classWeights]), safe_N).mul(mask_N)
      : mask_N;
    return losses_N.mul(weights_N).sum().div(weights_N.sum().maximum(LEAST_WEIGHT)) as Scalar;
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
 * The cross-entropy of each row of logits with its label.
 *
 * @param logits_NK float32.
 * @param labels_N int32, 0..K-1.
 * @returns `[N]`, float32.
 */
function sparseSoftmaxCrossEntropy(tf: TensorFlow, logits_NK: Tensor, labels_N: Tensor): Tensor {
  const attributes = { T: { type: "FLOAT" }, Tlabels: { type: "INT32" } } as const;
  const compute = tf.customGrad((logits, save) => {
    const [losses, gradient] = rawOp(tf, {
      name: "SparseSoftmaxCrossEntropyWithLogits",
      inputs: [logits as Tensor, labels_N],
    }, { attributes, outputs: 2 });
    (save as (tensors: Tensor[]) => void)([gradient!]);
    return {
      value: losses!,
      gradFunc: (dy: Tensor, [gradient]: Tensor[]) => gradient!.mul(dy.expandDims(-1)),
    };
  });
  return compute(logits_NK);
}
