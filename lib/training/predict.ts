import type { LayersModel, Rank, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { type ImageSize, requireSize } from "../data/mod.ts";
import {
  byteTensor,
  compile,
  type Compiled,
  largestClass,
  type Precision,
  type TensorFlow,
} from "../tensorflow/mod.ts";
import { unitImages } from "./batch.ts";
import { logitsOf } from "./logits_of.ts";
import { startAndDispose } from "./start_and_dispose.ts";

/** Train ids are bytes. */
const MOST_CLASSES = 256;

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

/** Predicts the classes of pixels with a model, compiled. It does not own the model. */
export class Predictor implements Disposable {
  readonly #tf: TensorFlow;
  readonly #logits: Compiled<[Tensor4D], Tensor4D>;
  /** Takes a tensor `[height, width, 0]` too, whose shape is the size to predict at. */
  readonly #choose: Compiled<[Tensor4D, Tensor3D], Tensor3D>;

  /**
   * @param tf The engine.
   * @param model From images `[B, H, W, 3]`, float32 in 0..1, to logits `[B, H, W, K]`; at most 256
   *   classes.
   * @throws {RangeError} if it has more.
   */
  constructor(
    tf: TensorFlow,
    model: LayersModel,
    { precision = "fp32" }: PredictorOptions = {},
  ) {
    const classes = (model.outputShape as number[]).at(-1)!;
    if (classes > MOST_CLASSES) {
      throw new RangeError(
        `Cannot predict: expected at most ${MOST_CLASSES} classes, got ${classes}`,
      );
    }
    this.#tf = tf;
    const options = { createsVariables: false, precision };
    this.#logits = compile(
      tf,
      (images) => logitsOf(model, unitImages(tf, images), { training: false }),
      options,
    );
    // By itself, so that the model need not be compiled anew for each size.
    this.#choose = compile(
      tf,
      (logits, { shape: [height, width] }) => mostLikely(tf, logits, { height, width }),
      options,
    );
  }

  /**
   * The most likely class of each pixel. Where another size is asked for, the logits are resized
   * bilinearly (half-pixel centres, as PyTorch's `align_corners=False`) before the choice.
   *
   * @returns Train ids `[B, height, width]`, row-major.
   * @throws {RangeError} for a size that there cannot be.
   */
  async trainIds({ pixels, shape }: Pixels, { size }: PredictOptions = {}): Promise<Uint8Array> {
    const [, height, width] = shape;
    if (size) requireSize("predict", size);
    const images = byteTensor<Tensor4D>(this.#tf, pixels, [...shape, 3]);
    const logits = startAndDispose(this.#logits, images);
    try {
      // What was compiled for another size is freed now, when nothing is under way.
      await logits.done;
    } catch (error) {
      logits.outputs.dispose();
      throw error;
    }
    const target = this.#tf.zeros<Rank.R3>([size?.height ?? height, size?.width ?? width, 0]);
    const { outputs, done } = startAndDispose(this.#choose, logits.outputs, target);
    try {
      await done;
      return await outputs.data() as Uint8Array;
    } finally {
      outputs.dispose();
    }
  }

  [Symbol.dispose](): void {
    this.#logits.dispose();
    this.#choose.dispose();
  }
}

/** The most likely class of each pixel, uint8, after the logits are resized if they have another size. */
function mostLikely(tf: TensorFlow, logits: Tensor4D, { height, width }: ImageSize): Tensor3D {
  const [, rows, columns] = logits.shape;
  const resized = rows === height && columns === width
    ? logits
    : tf.image.resizeBilinear(logits, [height, width], false, true);
  return largestClass(tf, resized);
}
