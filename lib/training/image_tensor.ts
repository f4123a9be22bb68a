import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "../tensorflow/mod.ts";

/**
 * Copies images to the device in the form that models take.
 *
 * @param tf The engine.
 * @param pixels RGB, row-major, each value 0..255.
 * @param shape `[B, H, W]`.
 * @returns `[B, H, W, 3]`, float32, 0..1, which the caller owns.
 */
export function imageTensor(
  tf: TensorFlow,
  pixels: Uint8Array,
  shape: [batch: number, height: number, width: number],
): Tensor4D {
  return tf.tidy(() => tf.tensor4d(pixels, [...shape, 3], "int32").toFloat().div<Tensor4D>(255));
}
