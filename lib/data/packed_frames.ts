import type { Frame } from "./dataset.ts";

/** A width and a height in pixels. */
export interface ImageSize {
  width: number;
  height: number;
}

/** Frames at one size in plain arrays, ready to be cut into batches. */
export interface PackedFrames extends ImageSize {
  /** The frames, N of them. */
  frames: Frame[];
  /** `[N, H, W, 3]`, each value 0..255. */
  images: Uint8Array;
  /** Train ids `[N, H, W]`, {@linkcode VOID} where a pixel is not evaluated. */
  labels: Uint8Array;
}
