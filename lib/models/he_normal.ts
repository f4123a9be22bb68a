import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { rawOp, type TensorFlow } from "../tensorflow/mod.ts";

/** What numbers are drawn from; the lower 32 bits of each count. */
interface Seeds {
  seed: number;
  /** Tells apart the tensors of one seed. */
  index: number;
}

/**
 * The initial weights of He et al. 2015 (https://arxiv.org/abs/1502.01852), which keep the variance
 * through ReLUs: a normal distribution of variance 2 / fan-in, cut off at twice its deviation. It is
 * tfjs's own in a saved model. tfjs draws the numbers in JavaScript, where a hundred megabytes of them
 * stay until its collector sees a reason; TensorFlow draws them where they belong, and faster.
 *
 * @param tf The engine.
 * @param seeds The same ones give the same weights, on another device up to rounding.
 */
export function heNormal(
  tf: TensorFlow,
  seeds: Seeds,
): ReturnType<TensorFlow["initializers"]["heNormal"]> {
  const initializer = tf.initializers.heNormal({ seed: seeds.seed });
  // `[H, W, in, out]`; of a transposed convolution tfjs counts `out` as `in`.
  initializer.apply = (shape) => {
    const sizes = shape as number[];
    const fanIn = sizes.slice(0, -1).reduce((product, size) => product * size);
    return tf.tidy(() => drawTruncatedNormal(tf, sizes, seeds).mul(Math.sqrt(2 / fanIn)));
  };
  return initializer;
}

/** Numbers of a standard normal distribution, none of them beyond 2. */
function drawTruncatedNormal(tf: TensorFlow, shape: number[], { seed, index }: Seeds): Tensor {
  const inputs = [tf.tensor1d(shape, "int32"), tf.tensor1d([seed | 0, index | 0], "int32")];
  const attributes = {
    dtype: { type: "FLOAT" },
    T: { type: "INT32" },
    Tseed: { type: "INT32" },
  } as const;
  return rawOp(tf, { name: "StatelessTruncatedNormal", inputs }, { attributes })[0]!;
}
