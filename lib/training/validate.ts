import type { LayersModel, Scalar, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import type { PackedFrames } from "../data/mod.ts";
import { ConfusionMatrix } from "../metrics/mod.ts";
import { requireWhole, type WorkOptions } from "../system/mod.ts";
import { compile, type Compiled, largestClass, type TensorFlow } from "../tensorflow/mod.ts";
import { packBatch, unpackBatch } from "./batch.ts";
import { crossEntropy } from "./cross_entropy.ts";
import { logitsOf } from "./logits_of.ts";
import { computeLoss, type Loss } from "./loss.ts";
import { startAndDispose } from "./start_and_dispose.ts";

/** Options of {@linkcode validate}. */
export interface ValidateOptions extends WorkOptions {
  /**
   * Frames in a batch, 1 or more.
   *
   * @default {8}
   */
  batch?: number;
}

/** Options of {@linkcode Validator}. */
export interface ValidatorOptions {
  /**
   * The loss that is told.
   *
   * @default {crossEntropy}
   */
  loss?: Loss;
}

/** What a validation came to. */
export interface ValidationResult {
  /**
   * The mean of the batches' losses, each counted as often as it has pixels that are not void; NaN if
   * all are.
   */
  loss: number;
  matrix: ConfusionMatrix;
}

/**
 * Scores a model on packed frames at their packed size, in float32 whatever it was trained in.
 *
 * @param tf The engine.
 * @param subject The model, the frames, and how many classes there are.
 * @throws {RangeError} if a batch is no whole number of 1 or more.
 * @throws {TypeError} if the loss gives no scalar of float32.
 */
export async function validate(
  tf: TensorFlow,
  { model, packed, classes }: { model: LayersModel; packed: PackedFrames; classes: number },
  options: ValidateOptions & ValidatorOptions = {},
): Promise<ValidationResult> {
  using validator = new Validator(tf, model, classes, options);
  return await validator.validate(packed, options);
}

/** Scores a model again and again, compiled once. It does not own the model. */
export class Validator implements Disposable {
  readonly #tf: TensorFlow;
  readonly #classes: number;
  readonly #score: Scoring;

  /**
   * @param tf The engine.
   * @param model From images `[B, H, W, 3]` to logits `[B, H, W, K]`.
   * @param classes K.
   */
  constructor(
    tf: TensorFlow,
    model: LayersModel,
    classes: number,
    { loss = crossEntropy }: ValidatorOptions = {},
  ) {
    this.#tf = tf;
    this.#classes = classes;
    this.#score = compiledScoring(tf, model, loss);
  }

  /** Scores the model on packed frames at their packed size. */
  async validate(
    packed: PackedFrames,
    { batch = 8, onProgress, signal }: ValidateOptions = {},
  ): Promise<ValidationResult> {
    requireWhole("validate", "a batch", { least: 1, given: batch });
    const matrix = new ConfusionMatrix(this.#classes);
    const total = packed.frames.length;
    const pixels = packed.width * packed.height;
    let lossSum = 0, count = 0;
    const scored = (start: number) => {
      const indices = packed.frames.keys().drop(start).take(batch).toArray();
      const result = scoreBatch(this.#tf, this.#score, { packed, indices });
      // Whoever waits for it is told; if counting fails nobody does.
      result.catch(() => {});
      return result;
    };
    signal?.throwIfAborted();
    let underWay = total > 0 ? scored(0) : undefined;
    for (let start = 0; underWay; start += batch) {
      const { loss, predicted } = await underWay;
      signal?.throwIfAborted();
      const end = Math.min(start + batch, total);
      // It is computed while this one is counted.
      underWay = end < total ? scored(end) : undefined;
      const truth = packed.labels.subarray(start * pixels, end * pixels);
      const valid = truth.reduce((sum, label) => sum + (label < this.#classes ? 1 : 0), 0);
      lossSum += loss * valid;
      count += valid;
      matrix.add(truth, predicted);
      onProgress?.({ task: "Validating", done: end, total, unit: "images" });
    }
    return { loss: lossSum / count, matrix };
  }

  [Symbol.dispose](): void {
    this.#score.dispose();
  }
}

type Scores = { loss: Scalar; predicted: Tensor3D };
type Scoring = Compiled<[Tensor4D, Tensor3D], Scores>;

/** The loss and the predictions of a batch as one compiled function. */
function compiledScoring(tf: TensorFlow, model: LayersModel, loss: Loss): Scoring {
  return compile(tf, (...[images, labels]: [Tensor4D, Tensor3D]) => {
    const batch = unpackBatch(tf, { images, labels });
    const logits = logitsOf(model, batch.images, { training: false });
    return {
      loss: computeLoss(tf, loss, { logits, labels: batch.labels }),
      predicted: largestClass(tf, logits),
    };
  }, { createsVariables: false });
}

async function scoreBatch(
  tf: TensorFlow,
  score: Scoring,
  { packed, indices }: { packed: PackedFrames; indices: number[] },
): Promise<{ loss: number; predicted: Uint8Array }> {
  const { images, labels } = packBatch(tf, packed, indices);
  const { outputs, done } = startAndDispose(score, images, labels);
  try {
    await done;
    const { loss, predicted } = outputs;
    return { loss: (await loss.data())[0]!, predicted: await predicted.data() as Uint8Array };
  } finally {
    tf.dispose(outputs);
  }
}
