import type { LayersModel, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { ImageSize } from "../data/mod.ts";
import {
  byteTensor,
  compile,
  type Compiled,
  type Precision,
  type TensorFlow,
  toBytes,
} from "../tensorflow/mod.ts";
import { unitImages } from "./batch.ts";

/** Options of {@linkcode Predictor}. */
export interface PredictorOptions {
  /**
   * The precision of convolutions and of what follows them, see `compile`.
   *
   * @default {"fp32"}
   */
  precision?: Precision;
}

/** Options of {@linkcode Predictor.trainIds}. */
export interface PredictOptions {
  /** The size to predict at; the images' own by default. */
  size?: ImageSize;
}

/** Images in one array. */
export interface Pixels {
  /** RGB, row-major, each value 0..255. */
  pixels: Uint8Array;
  /** `[B, H, W]`. */
  shape: readonly [batch: number, height: number, width: number];
}

type Prediction = Compiled<[Tensor4D], Tensor3D>;

/** Predicts the classes of pixels with a model, compiled. It does not own the model. */
export class Predictor implements Disposable {
  readonly #tf: TensorFlow;
  readonly #model: LayersModel;
  readonly #precision: Precision;
  /** By the sizes to predict at; `""` is the images' own. */
  readonly #predictions = new Map<string, Prediction>();

  /**
   * @param tf The engine.
   * @param model From images `[B, H, W, 3]`, float32 in 0..1, to logits `[B, H, W, K]`; at most 256
   *   classes.
   */
  constructor(
    tf: TensorFlow,
    model: LayersModel,
    { precision = "fp32" }: PredictorOptions = {},
  ) {
    this.#tf = tf;
    this.#model = model;
    this.#precision = precision;
  }

  /**
   * The most likely class of each pixel. Where another size is asked for, the logits are resized
   * bilinearly (half-pixel centres, as PyTorch's `align_corners=False`) before the choice.
   *
   * @returns Train ids `[B, height, width]`, row-major.
   */
  async trainIds({ pixels, shape }: Pixels, { size }: PredictOptions = {}): Promise<Uint8Array> {
    const [, height, width] = shape;
    const other = size?.width === width && size?.height === height ? undefined : size;
    const predict = this.#prediction(other);
    const images = byteTensor<Tensor4D>(this.#tf, pixels, [...shape, 3]);
    const { outputs, done } = predict.start(images);
    images.dispose();
    try {
      await done;
      return await outputs.data() as Uint8Array;
    } finally {
      outputs.dispose();
    }
  }

  [Symbol.dispose](): void {
    this.#predictions.forEach((prediction) => prediction.dispose());
  }

  #prediction(size: ImageSize | undefined): Prediction {
    const key = size ? `${size.width}x${size.height}` : "";
    let prediction = this.#predictions.get(key);
    if (!prediction) {
      const predict = (images: Tensor4D) => predicted(this.#tf, this.#model, images, size);
      const options = { createsVariables: false, precision: this.#precision };
      prediction = compile(this.#tf, predict, options);
      this.#predictions.set(key, prediction);
    }
    return prediction;
  }
}

function predicted(
  tf: TensorFlow,
  model: LayersModel,
  images: Tensor4D,
  size: ImageSize | undefined,
): Tensor3D {
  const logits = model.apply(unitImages(tf, images), { training: false }) as Tensor4D;
  const resized = size
    ? tf.image.resizeBilinear(logits, [size.height, size.width], false, true)
    : logits;
  return toBytes(tf, resized.argMax<Tensor3D>(-1));
}
