import type { layers, Tensor, Tensor1D } from "@tensorflow/tfjs-node-gpu";
import { type AttributeValue, rawOp, type TensorFlow } from "../tensorflow/mod.ts";

type Layer = layers.Layer;

/** PyTorch's `momentum=0.1` in the way that tfjs counts it: the share of the old average kept. */
const MOMENTUM = 0.9;
/** PyTorch's `eps`. */
const EPSILON = 1e-5;

/** What tfjs's layer keeps, which its types do not show. */
interface BatchNormalizationState {
  gamma: LayerVariable;
  beta: LayerVariable;
  movingMean: LayerVariable;
  movingVariance: LayerVariable;
}

interface LayerVariable {
  read(): Tensor1D;
  write(value: Tensor): void;
}

type LayerClass = new (config: Record<string, unknown>) => Layer;
const classes = new WeakMap<TensorFlow, LayerClass>();

/**
 * Batch normalization over all axes but the last, computed in training by one fused op and one for
 * its gradient. It is tfjs's own layer in every other way: in inference, in its weights, and in a
 * saved model, which any tfjs loads. With PyTorch it shares epsilon (1e-5), momentum (0.1 there) and
 * the variance that is averaged for inference: the unbiased one, divided by n - 1, while batches
 * are normalized by the biased one (`FusedBatchNormV3` in TensorFlow's op registry).
 *
 * @param tf The engine.
 * @param name The layer's name.
 */
export function fusedBatchNormalization(tf: TensorFlow, name: string): Layer {
  let Fused = classes.get(tf);
  if (!Fused) classes.set(tf, Fused = fusedClass(tf));
  return new Fused({ name, momentum: MOMENTUM, epsilon: EPSILON });
}

function fusedClass(tf: TensorFlow): LayerClass {
  const stock = tf.layers.batchNormalization({});
  const Stock = stock.constructor as LayerClass;
  return class extends Stock {
    override call(inputs: Tensor | Tensor[], options: { training?: boolean }): Tensor | Tensor[] {
      if (!options.training) return super.call(inputs, options);
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      return normalizeBatch(tf, x, this as unknown as BatchNormalizationState);
    }
  };
}

/**
 * Normalizes a batch by its own mean and variance and moves the averages towards them.
 *
 * @param x float32, the last axis being the channels.
 */
function normalizeBatch(tf: TensorFlow, x: Tensor, state: BatchNormalizationState): Tensor {
  const attributes: Record<string, AttributeValue> = {
    T: { type: "FLOAT" },
    U: { type: "FLOAT" },
    epsilon: { float: EPSILON },
    data_format: "NHWC",
    is_training: true,
  };
  const { movingMean, movingVariance } = state;
  const normalize = tf.customGrad((x, gamma, beta, save) => {
    const [y, mean, variance, ...reserved] = rawOp(tf, {
      name: "FusedBatchNormV3",
      inputs: [
        x as Tensor,
        gamma as Tensor,
        beta as Tensor,
        movingMean.read(),
        movingVariance.read(),
      ],
    }, {
      attributes: { ...attributes, exponential_avg_factor: { float: 1 - MOMENTUM } },
      outputs: 6,
    });
    movingMean.write(mean!);
    movingVariance.write(variance!);
    (save as (tensors: Tensor[]) => void)([x as Tensor, gamma as Tensor, ...reserved]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) =>
      rawOp(tf, { name: "FusedBatchNormGradV3", inputs: [dy, ...saved] }, {
        attributes,
        outputs: 5,
      })
        .slice(0, 3);
    return { value: y!, gradFunc };
  });
  return normalize(x, state.gamma.read(), state.beta.read());
}
