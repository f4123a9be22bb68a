import type { Tensor, Tensor1D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { imageOf, labelsOf, type PackedFrames } from "../data/mod.ts";
import { byteTensor, castBytes, rawOp, type TensorFlow } from "../tensorflow/mod.ts";

/** Frames on the device as they are packed, in bytes. */
export type PackedBatch = {
  /** `[B, H, W, 3]`, uint8, 0..255. */
  images: Tensor4D;
  /** Train ids `[B, H, W]`, uint8, with void. */
  labels: Tensor3D;
  /** `[B]`, bool: which frames are to be mirrored left to right. */
  flips: Tensor1D;
};

/** Images and labels as models and losses take them. */
export interface Batch {
  /** `[B, H, W, 3]`, float32, 0..1. */
  images: Tensor4D;
  /** Train ids `[B, H, W]`, int32, with void. */
  labels: Tensor3D;
}

/** Which frames a batch is made of. */
export interface BatchPlan {
  /** The frames' indices. */
  indices: number[];
  /** Whether each is mirrored left to right; none is by default. */
  flips?: boolean[];
}

/**
 * Copies frames to the device.
 *
 * @param tf The engine.
 * @param packed Where the frames are.
 * @param plan Which frames, and which of them are to be mirrored.
 * @returns Tensors that the caller owns.
 */
export function packBatch(tf: TensorFlow, packed: PackedFrames, plan: BatchPlan): PackedBatch {
  const { width, height } = packed;
  const { indices, flips = indices.map(() => false) } = plan;
  const together = (parts: Uint8Array[]) => {
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.forEach((part, i) => bytes.set(part, i * part.length));
    return bytes;
  };
  const count = indices.length;
  const images = together(indices.map((index) => imageOf(packed, index)));
  const labels = together(indices.map((index) => labelsOf(packed, index)));
  return {
    images: byteTensor(tf, images, [count, height, width, 3]),
    labels: byteTensor(tf, labels, [count, height, width]),
    flips: tf.tensor1d(flips, "bool"),
  };
}

/**
 * Makes of frames what models and losses take, mirroring those that are to be mirrored, labels and
 * all. It can be compiled, so that it is a part of the training step.
 *
 * @param tf The engine.
 * @param batch From {@linkcode packBatch}.
 * @returns Tensors that the caller owns.
 */
export function unpackBatch(tf: TensorFlow, { images, labels, flips }: PackedBatch): Batch {
  return tf.tidy(() => ({
    images: unitImages(tf, mirrored(tf, images, flips)),
    labels: castBytes(tf, mirrored(tf, labels, flips), "int32"),
  }));
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

/** Bytes `[B, H, W, ...]` with some of the images mirrored left to right. */
function mirrored<T extends Tensor>(tf: TensorFlow, images: T, flips: Tensor1D): T {
  const axis = tf.tensor1d([2], "int32");
  const [reversed] = rawOp(tf, { name: "ReverseV2", inputs: [images, axis] }, {
    attributes: { T: { type: "UINT8" }, Tidx: { type: "INT32" } },
  });
  const condition = flips.reshape([-1, ...images.shape.slice(1).map(() => 1)]);
  const inputs = [condition, reversed!, images];
  const attributes = { T: { type: "UINT8" } } as const;
  return rawOp(tf, { name: "SelectV2", inputs }, { attributes })[0] as T;
}
