import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { rawOp, type TensorFlow } from "../tensorflow/mod.ts";

type Initializer = ReturnType<TensorFlow["initializers"]["heNormal"]>;
type InitializerClass = new (config: Seeds) => Initializer;

/** What numbers are drawn from; the lower 32 bits of each count. */
interface Seeds {
  seed: number;
  /** Tells apart the tensors of one seed. */
  index: number;
}

const classes = new WeakMap<TensorFlow, InitializerClass>();

/**
 * The initial weights of He et al. 2015 (https://arxiv.org/abs/1502.01852), which keep the variance
 * through ReLUs: a normal distribution of variance 2 / fan-in, cut off at twice its deviation. It is
 * tfjs's own in a saved model. tfjs draws the numbers in JavaScript, where a hundred megabytes of them
 * stay until its collector sees a reason; TensorFlow draws them where they belong, and faster.
 *
 * @param tf The engine.
 * @param seeds The same ones give the same weights, on another device up to rounding.
 */
export function heNormal(tf: TensorFlow, seeds: Seeds): Initializer {
  let HeNormal = classes.get(tf);
  if (!HeNormal) classes.set(tf, HeNormal = drawnByTensorFlow(tf));
  return new HeNormal(seeds);
}

function drawnByTensorFlow(tf: TensorFlow): InitializerClass {
  const Stock = tf.initializers.heNormal({}).constructor as InitializerClass;
  return class extends Stock {
    readonly #seeds: Seeds;

    constructor(seeds: Seeds) {
      super(seeds);
      this.#seeds = seeds;
    }

    /** @param shape `[H, W, in, out]`; of a transposed convolution tfjs counts `out` as `in`. */
    override apply(shape: number[]): Tensor4D {
      const fanIn = shape.slice(0, -1).reduce((product, size) => product * size);
      const deviation = Math.sqrt(2 / fanIn);
      return tf.tidy(() => drawTruncatedNormal(tf, shape, this.#seeds).mul(deviation));
    }
  };
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
