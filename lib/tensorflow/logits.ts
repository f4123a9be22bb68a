import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { toBytes } from "./byte_tensor.ts";
import { fused } from "./fuse.ts";
import type { TensorFlow } from "./load_package.ts";
import { CROSS_ENTROPY, hasLogitsCode, LARGEST_CLASS } from "./machine_logits.ts";
import { mayRunMachineCode, nodeBackend } from "./node_backend.ts";

/** Rows of logits, and what they are compared with. */
export interface LabelledLogits {
  /** `[N, K]`, float32. */
  logits: Tensor2D;
  /** `[N]`, int32; where a label is not 0..K-1, the weight must be 0. */
  labels: Tensor1D;
  /** `[N]`, float32. */
  weights: Tensor1D;
}

/** What {@linkcode softmaxCrossEntropy} gives; the caller owns the tensors. */
export type CrossEntropyOfRows = {
  /** `[N]`, float32. */
  losses: Tensor1D;
  /** `[N, K]`, float32. */
  gradient: Tensor2D;
};

/**
 * The cross-entropy between softmax(logits) and the label of each row, times the row's weight, and the
 * gradient of their sum with respect to the logits, in one pass: by machine code, or by XLA.
 */
export function softmaxCrossEntropy(
  tf: TensorFlow,
  { logits, labels, weights }: LabelledLogits,
): CrossEntropyOfRows {
  const [N] = logits.shape;
  const fits = hasCode(tf, logits) && labels.dtype === "int32" && weights.dtype === "float32" &&
    [labels, weights].every(({ shape }) => `${shape}` === `${N}`);
  if (!fits) return crossEntropyByXla(tf, logits, labels, weights);
  const [losses, gradient] = ownOp(tf, CROSS_ENTROPY, [logits, labels, weights], 2);
  return { losses: losses as Tensor1D, gradient: gradient as Tensor2D };
}

/**
 * The class with the largest of its logits `[..., K]`, float32, at most 256 of them: `[...]`, uint8. The
 * first of several that are as large, and any of them where a logit is no number.
 */
export function largestClass<T extends Tensor>(tf: TensorFlow, logits: Tensor): T {
  const [largest] = hasCode(tf, logits)
    ? ownOp(tf, LARGEST_CLASS, [logits], 1)
    : [largestClassByXla(tf, logits)];
  return largest as T;
}

function hasCode(tf: TensorFlow, logits: Tensor): boolean {
  const backend = nodeBackend(tf);
  // The tensor's own shape does not tell that a size is not known.
  const [id] = backend.getInputTensorIds([logits]);
  return mayRunMachineCode(tf) && logits.dtype === "float32" &&
    hasLogitsCode(backend.binding.describe(id!).shape);
}

/** Runs an op of ours, which `rawOp()` does not know. */
function ownOp(tf: TensorFlow, name: string, inputs: Tensor[], outputs: number): Tensor[] {
  return nodeBackend(tf).executeMultipleOutputs(name, [], inputs, outputs);
}

const crossEntropyByXla = fused(
  (tf, logits: Tensor2D, labels: Tensor1D, weights: Tensor1D): CrossEntropyOfRows => {
    const classes = tf.range(0, logits.shape[1], 1, "int32");
    const isTrue_NK = labels.expandDims(1).equal(classes).cast("float32");
    const shifted_NK = logits.sub(logits.max(1, true));
    const exponentials_NK = shifted_NK.exp();
    const sums_N1 = exponentials_NK.sum(1, true);
    const true_N = shifted_NK.mul(isTrue_NK).sum(1);
    return {
      losses: sums_N1.squeeze([1]).log().sub(true_N).mul(weights),
      gradient: exponentials_NK.div(sums_N1).sub(isTrue_NK).mul(weights.expandDims(1)),
    };
  },
);

const largestClassByXla = fused((tf, logits: Tensor) => toBytes(tf, logits.argMax(-1)));
