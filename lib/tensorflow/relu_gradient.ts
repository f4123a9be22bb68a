import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "./load_package.ts";
import { hasNodeBackend } from "./node_backend.ts";
import { rawOp } from "./raw_op.ts";

const KERNEL = "Relu";

/**
 * Gives `tf.relu` TensorFlow's own gradient, one op. The package's is eight, among them a choice
 * between two tensors of constants as large as the input.
 */
export function useReluGradient(tf: TensorFlow): void {
  tf.unregisterGradient(KERNEL);
  tf.registerGradient({
    kernelName: KERNEL,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => reluGradient(tf, dy as Tensor, y!) }),
  });
}

/** It is linear in `dy` and constant in `y`, so that its own gradient is it again. */
function reluGradient(tf: TensorFlow, dy: Tensor, y: Tensor): Tensor {
  if (!hasNodeBackend(tf)) return dy.mul(y.step());
  return tf.customGrad((dy) => ({
    value: rawOp(tf, { name: "ReluGrad", inputs: [dy as Tensor, y] }, {
      attributes: { T: { type: "FLOAT" } },
    })[0]!,
    gradFunc: (ddy) => reluGradient(tf, ddy as Tensor, y),
  }))(dy);
}
