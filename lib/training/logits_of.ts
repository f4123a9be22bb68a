import type { LayersModel, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { TensorFlowError } from "../tensorflow/mod.ts";

/**
 * What a model makes of images. It can be compiled.
 *
 * @param model From images `[B, H, W, 3]` to logits `[B, H, W, K]`.
 * @param images In 0..1, float32.
 * @param options.training Whether normalizations go by the batch.
 * @throws {Error} naming the images' size if TensorFlow cannot apply the model to them.
 */
export function logitsOf(
  model: LayersModel,
  images: Tensor4D,
  { training }: { training: boolean },
): Tensor4D {
  try {
    return model.apply(images, { training }) as Tensor4D;
  } catch (error) {
    if (!(error instanceof TensorFlowError)) throw error;
    const [, height, width] = images.shape, { name } = model;
    const wayOut = name === "unet" ? "; it takes sizes that 2 ** depth divides" : "";
    throw new Error(
      `Cannot apply the model ${name} to images of ${width}x${height}${wayOut}: ${error.message}`,
      { cause: error },
    );
  }
}
