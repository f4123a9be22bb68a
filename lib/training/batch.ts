import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { PackedFrames } from "../data/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { imageTensor } from "./image_tensor.ts";

/** Images and labels on the device. */
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

const CHANNELS = 3;

/**
 * Copies frames to the device.
 *
 * @param tf The engine.
 * @param packed Where the frames are.
 * @param plan Which frames, and which of them are mirrored, labels and all.
 * @returns Tensors that the caller owns.
 */
export function makeBatch(tf: TensorFlow, packed: PackedFrames, plan: BatchPlan): Batch {
  const { width, height } = packed;
  const { indices, flips = [] } = plan;
  const pixels = width * height;
  const images = new Uint8Array(indices.length * pixels * CHANNELS);
  const labels = new Uint8Array(indices.length * pixels);
  indices.forEach((index, i) => {
    const copy = flips[i] ? copyMirrored : copyRows;
    copy(packed.images, { from: index, to: i, width, height, channels: CHANNELS }, images);
    copy(packed.labels, { from: index, to: i, width, height, channels: 1 }, labels);
  });
  const shape: [number, number, number] = [indices.length, height, width];
  return { images: imageTensor(tf, images, shape), labels: tf.tensor3d(labels, shape, "int32") };
}

interface Place {
  /** The index of the image in the source, and in the target. */
  from: number;
  to: number;
  width: number;
  height: number;
  channels: number;
}

function copyRows(source: Uint8Array, place: Place, target: Uint8Array): void {
  const size = place.width * place.height * place.channels;
  target.set(source.subarray(place.from * size, (place.from + 1) * size), place.to * size);
}

function copyMirrored(source: Uint8Array, place: Place, target: Uint8Array): void {
  const { width, height, channels } = place;
  const size = width * height * channels;
  let to = place.to * size;
  for (let y = 0; y < height; y++) {
    const row = place.from * size + y * width * channels;
    for (let x = width - 1; x >= 0; x--) {
      for (let c = 0; c < channels; c++) target[to++] = source[row + x * channels + c]!;
    }
  }
}
