import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "../tensorflow/mod.ts";

/** Options of {@linkcode passthrough}. */
export interface PassthroughOptions {
  /**
   * Seeds the initial weights.
   *
   * @default {0}
   */
  seed?: number;
}

/**
 * One 1x1 convolution: it sees nothing but the colour of a pixel. A training loop that works teaches
 * it a little, and a model that is worth its name beats it.
 *
 * @param tf The engine.
 * @param classes How many classes it tells apart.
 * @returns A model from images `[B, H, W, 3]`, float32 in 0..1, to logits `[B, H, W, classes]`,
 *   float32. The caller disposes it.
 */
export function passthrough(
  tf: TensorFlow,
  classes: number,
  options: PassthroughOptions = {},
): LayersModel {
  const { seed = 0 } = options;
  const input = tf.input({ shape: [null, null, 3], name: "images" });
  const kernelInitializer = tf.initializers.glorotUniform({ seed: seed + 1 }); // 0 is no seed to tfjs
  const layer = tf.layers.conv2d({
    filters: classes,
    kernelSize: 1,
    kernelInitializer,
    name: "out",
  });
  const outputs = layer.apply(input) as typeof input;
  return tf.model({ inputs: input, outputs, name: "passthrough" });
}
