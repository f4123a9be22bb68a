import { VOID } from "../data/mod.ts";
import { countPairs } from "./count_pairs.ts";
import { meanScore } from "./mean_score.ts";

/**
 * Counts of pixels by their true and their predicted class, over as many images as one likes. Void
 * pixels do not count. Counts are added up over a whole set and divided once, as the Cityscapes
 * benchmark does; a mean over batches would be another number.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ConfusionMatrix } from "./confusion_matrix.ts";
 *
 * const matrix = new ConfusionMatrix(2);
 * matrix.add(Uint8Array.of(0, 0, 1, 255), Uint8Array.of(0, 1, 1, 1));
 * assertEquals(matrix.ious(), [1 / 2, 1 / 2]);
 * ```
 */
export class ConfusionMatrix {
  /** How many classes there are, K. */
  readonly classes: number;
  /**
   * `[K, K + 1]`, row-major: row is the true class, column the predicted one, the last column any
   * prediction that is no class.
   */
  readonly counts: Float64Array;

  /**
   * @param classes How many classes there are, at most 255.
   * @throws {RangeError} for another number.
   */
  constructor(classes: number) {
    if (!Number.isInteger(classes) || classes < 1 || classes > 255) {
      throw new RangeError(`Cannot count classes: expected 1 to 255 of them, got ${classes}`);
    }
    this.classes = classes;
    this.counts = new Float64Array(classes * (classes + 1));
  }

  /**
   * Counts the pixels of an image or a batch.
   *
   * @param truth Train ids; what is not below {@linkcode ConfusionMatrix.classes} is void.
   * @param predicted Train ids of the same pixels.
   * @throws {RangeError} if the two differ in length.
   */
  add(truth: Uint8Array, predicted: Uint8Array | Int32Array): void {
    const pairs = countPairs(truth, predicted instanceof Uint8Array ? predicted : bytes(predicted));
    for (const { truth, predicted, pixels } of pairs) this.count(truth, predicted, pixels);
  }

  /**
   * Counts pixels that are alike.
   *
   * @param truth The true train id; what is none of the classes' is void.
   * @param predicted The predicted one; what is none of the classes' is no class.
   * @param pixels How many they are.
   */
  count(truth: number, predicted: number, pixels: number): void {
    const { classes, counts } = this;
    const isClass = (trainId: number) => trainId >= 0 && trainId < classes;
    if (!isClass(truth)) return;
    counts[truth * (classes + 1) + (isClass(predicted) ? predicted : classes)]! += pixels;
  }

  /** How many pixels of class `truth` were predicted as class `predicted`. */
  at(truth: number, predicted: number): number {
    return this.counts[truth * (this.classes + 1) + predicted]!;
  }

  /** How many pixels of a class there truly are. */
  trueCount(index: number): number {
    let sum = 0;
    for (let column = 0; column <= this.classes; column++) sum += this.at(index, column);
    return sum;
  }

  /** How many pixels were predicted as a class. */
  predictedCount(index: number): number {
    let sum = 0;
    for (let row = 0; row < this.classes; row++) sum += this.at(row, index);
    return sum;
  }

  /**
   * The intersection over union of each class, 0..1: TP / (TP + FP + FN), as in the PASCAL VOC
   * challenge and the Cityscapes benchmark. `null` for a class that is neither true nor predicted in
   * any pixel that counts.
   */
  ious(): (number | null)[] {
    return Array.from({ length: this.classes }, (_, index) => {
      const intersection = this.at(index, index);
      const union = this.trueCount(index) + this.predictedCount(index) - intersection;
      return union === 0 ? null : intersection / union;
    });
  }

  /** The mean of {@linkcode ConfusionMatrix.ious} over the classes that have one; NaN if none has. */
  meanIou(): number {
    return meanScore(this.ious()) ?? NaN;
  }

  /** The share of the pixels that are predicted right, 0..1; NaN if no pixel counts. */
  pixelAccuracy(): number {
    let right = 0;
    for (let index = 0; index < this.classes; index++) right += this.at(index, index);
    return right / this.counts.reduce((sum, count) => sum + count, 0);
  }
}

/** Train ids as bytes, {@linkcode VOID} for what is none. */
function bytes(trainIds: Int32Array): Uint8Array {
  const bytes = new Uint8Array(trainIds.length);
  for (let i = 0; i < bytes.length; i++) {
    const trainId = trainIds[i]!;
    bytes[i] = trainId >= 0 && trainId < VOID ? trainId : VOID;
  }
  return bytes;
}
