import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { imageOf, labelsOf, type PackedFrames } from "../data/mod.ts";
import { concatBytes } from "../system/mod.ts";
import { byteTensor, castBytes, type TensorFlow } from "../tensorflow/mod.ts";

/** Frames on the device as they are packed, in bytes. */
export type PackedBatch = {
  /** `[B, H, W, 3]`, uint8, 0..255. */
  images: Tensor4D;
  /** Train ids `[B, H, W]`, uint8, with void. */
  labels: Tensor3D;
};

/** Images and labels as models and losses take them. */
export type Batch = {
  /** `[B, H, W, 3]`, float32, 0..1. */
  images: Tensor4D;
  /** Train ids `[B, H, W]`, int32, with void. */
  labels: Tensor3D;
};

/**
 * Copies frames to the device.
 *
 * @param tf The engine.
 * @param packed Where the frames are.
 * @param indices Which frames.
 * @returns Tensors that the caller owns.
 */
export function packBatch(
  tf: TensorFlow,
  packed: PackedFrames,
  indices: readonly number[],
): PackedBatch {
  const { width, height } = packed;
  const count = indices.length;
  const images = concatBytes(indices.map((index) => imageOf(packed, index)));
  const labels = concatBytes(indices.map((index) => labelsOf(packed, index)));
  return {
    images: byteTensor(tf, images, [count, height, width, 3]),
    labels: byteTensor(tf, labels, [count, height, width]),
  };
}

/**
 * Makes of frames what models and losses take. It can be compiled, so that it is a part of the
 * training step.
 *
 * @param tf The engine.
 * @param batch From {@linkcode packBatch}.
 * @returns Tensors that the caller owns.
 */
export function unpackBatch(tf: TensorFlow, { images, labels }: PackedBatch): Batch {
  return { images: unitImages(tf, images), labels: castBytes(tf, labels, "int32") };
}

/**
 * Images as models take them. It can be compiled.
 *
 * @param tf The engine.
 * @param bytes `[B, H, W, 3]`, uint8, 0..255.
 * @returns The same in 0..1, float32; the caller owns it.
 */
export function unitImages(tf: TensorFlow, bytes: Tensor4D): Tensor4D {
  return tf.tidy(() => castBytes(tf, bytes, "float32").div<Tensor4D>(255));
}
