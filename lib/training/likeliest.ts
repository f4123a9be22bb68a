import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { fused, toBytes } from "../tensorflow/mod.ts";

/**
 * The class with the largest of its logits `[B, H, W, K]`, float32, at most 256 of them, for each pixel:
 * `[B, H, W]`, uint8. The first of several that are as large.
 */
export const likeliest = fused((tf, logits: Tensor4D): Tensor3D =>
  toBytes(tf, logits.argMax<Tensor3D>(-1))
);
