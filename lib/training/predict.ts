import type { LayersModel, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "../tensorflow/mod.ts";

/** Options of {@linkcode predictTrainIds}. */
export interface PredictOptions {
  /** The size to predict at; the images' own by default. */
  size?: { width: number; height: number };
}

/**
 * The most likely class of each pixel. Where another size is asked for, the logits are resized
 * bilinearly (half-pixel centres, as PyTorch's `align_corners=False`) before the choice.
 *
 * @param tf The engine.
 * @param model From images `[B, H, W, 3]` to logits `[B, H, W, K]`.
 * @param images `[B, H, W, 3]`, float32, 0..1.
 * @returns Train ids `[B, height, width]`, row-major.
 */
export async function predictTrainIds(
  tf: TensorFlow,
  { model, images }: { model: LayersModel; images: Tensor4D },
  options: PredictOptions = {},
): Promise<Int32Array> {
  const predicted = tf.tidy(() => {
    const logits = model.apply(images, { training: false }) as Tensor4D;
    const [, height, width] = logits.shape;
    const size = options.size ?? { width, height };
    const resized = size.width === width && size.height === height
      ? logits
      : tf.image.resizeBilinear(logits, [size.height, size.width], false, true);
    return resized.argMax(-1);
  });
  try {
    return await predicted.data() as Int32Array;
  } finally {
    predicted.dispose();
  }
}
