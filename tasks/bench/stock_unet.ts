import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "../../lib/mod.ts";

const DEPTH = 4;

/** The U-Net of nothing but tfjs's own layers, as they are by default. */
export function stockUnet(
  tf: TensorFlow,
  { classes, base, height }: {
    classes: number;
    /** Channels at full resolution. */
    base: number;
    height: number;
  },
): LayersModel {
  const block = (input: SymbolicTensor, filters: number) =>
    Array.from({ length: 2 }).reduce((x: SymbolicTensor) => {
      const convolution = tf.layers.conv2d({
        filters,
        kernelSize: 3,
        padding: "same",
        useBias: false,
      });
      const normalized = tf.layers.batchNormalization().apply(convolution.apply(x));
      return tf.layers.reLU().apply(normalized) as SymbolicTensor;
    }, input);
  const widths = Array.from({ length: DEPTH }, (_, level) => base * 2 ** level);
  const input = tf.input({ shape: [height, null, 3] });
  const skips: SymbolicTensor[] = [];
  let x = widths.reduce((x, filters) => {
    const skip = block(x, filters);
    skips.push(skip);
    return tf.layers.maxPooling2d({ poolSize: 2 }).apply(skip) as SymbolicTensor;
  }, input);
  x = block(x, base * 2 ** DEPTH);
  for (const filters of widths.toReversed()) {
    const up = tf.layers.conv2dTranspose({ filters, kernelSize: 2, strides: 2, padding: "same" });
    const joined = tf.layers.concatenate().apply([skips.pop()!, up.apply(x) as SymbolicTensor]);
    x = block(joined as SymbolicTensor, filters);
  }
  const outputs = tf.layers.conv2d({ filters: classes, kernelSize: 1 }).apply(x) as SymbolicTensor;
  return tf.model({ inputs: input, outputs });
}
