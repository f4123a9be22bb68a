import { type LabelSpace, LICENSE_PLATE } from "../data/mod.ts";
import { ConfusionMatrix } from "./confusion_matrix.ts";
import { countPairs, type PairCount } from "./count_pairs.ts";
import { InstanceCounts, type WeightedPixels } from "./instance_counts.ts";
import { instanceIous } from "./instance_ious.ts";
import { type Scores, scoresOf } from "./scores.ts";

const IDS = 256;

/** {@linkcode BenchmarkCounts} as plain data, which may go from a thread to another. */
export interface CountedFrames {
  frames: { all: number; withInstances: number };
  /** The pairs of label ids that met. */
  pairs: PairCount[];
  /** By class and by category; absent where the dataset has no instances. */
  instances?: Record<"classes" | "categories", ReadonlyMap<string, WeightedPixels>> | undefined;
}

/**
 * Counts of pixels by their true and their predicted label ids, and of instances where the truth tells
 * them apart: all that the benchmark's scores are made of.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CITYSCAPES } from "../data/mod.ts";
 * import { BenchmarkCounts } from "./benchmark_counts.ts";
 *
 * const counts = new BenchmarkCounts(CITYSCAPES);
 * const road = 7, car = 26;
 * counts.add(Uint8Array.of(road, car), Uint8Array.of(road, road), Uint16Array.of(road, 26001));
 * assertEquals(counts.matrix.pixelAccuracy(), 0.5);
 * assertEquals(counts.instances?.classes.get("car")?.right, 0);
 * ```
 */
export class BenchmarkCounts {
  /** The classes. */
  readonly space: LabelSpace;
  readonly #pixels = new Float64Array(IDS * IDS);
  readonly #instances: InstanceCounts | undefined;
  #frames = 0;
  #framesWithInstances = 0;

  /** @param space The classes. */
  constructor(space: LabelSpace) {
    this.space = space;
    this.#instances = space.labels && new InstanceCounts(space.labels);
  }

  /**
   * Counts a frame.
   *
   * @param truth Label ids of its pixels.
   * @param predicted Label ids of the same pixels.
   * @param instances Instance ids of the same pixels, if they are known.
   * @throws {RangeError} if lengths differ or a label id is unknown; nothing is counted then.
   */
  add(truth: Uint8Array, predicted: Uint8Array, instances?: Uint8Array | Uint16Array): void {
    const pairs = countPairs(truth, predicted);
    for (const { truth, predicted } of pairs) {
      this.#check("truth", truth);
      this.#check("prediction", predicted);
    }
    if (instances) this.#instances?.add(instances, predicted);
    this.#frames++;
    if (instances) this.#framesWithInstances++;
    for (const { truth, predicted, pixels } of pairs) {
      this.#pixels[truth * IDS + predicted]! += pixels;
    }
  }

  /** What was counted so far, as plain data; its instances go on counting if this does. */
  counted(): CountedFrames {
    const pairs: PairCount[] = [];
    for (let cell = 0; cell < this.#pixels.length; cell++) {
      const pixels = this.#pixels[cell]!;
      if (pixels > 0) pairs.push({ truth: Math.floor(cell / IDS), predicted: cell % IDS, pixels });
    }
    const { classes, categories } = this.#instances ?? {};
    const instances = classes && categories && { classes, categories };
    return { frames: this.frames, pairs, instances };
  }

  /**
   * Adds what others counted.
   *
   * @param counted What another of the same classes counted. Weights of instances are no whole numbers:
   *   to the last digit, their sums depend on the order.
   */
  addCounted({ frames, pairs, instances }: CountedFrames): void {
    this.#frames += frames.all;
    this.#framesWithInstances += frames.withInstances;
    for (const { truth, predicted, pixels } of pairs) {
      this.#pixels[truth * IDS + predicted]! += pixels;
    }
    if (instances) this.#instances?.addCounted(instances);
  }

  /** In how many pixels a true and a predicted label id met. */
  pixels(truth: number, predicted: number): number {
    return this.#pixels[truth * IDS + predicted]!;
  }

  /** How many pixels were counted, void ones included. */
  total(): number {
    return this.#pixels.reduce((sum, pixels) => sum + pixels, 0);
  }

  /** The instances; `undefined` if a frame's were not known: scores of some frames would mislead. */
  get instances(): InstanceCounts | undefined {
    return this.#framesWithInstances === this.#frames ? this.#instances : undefined;
  }

  /** How many frames were counted, and how many of them with instances. */
  get frames(): { all: number; withInstances: number } {
    return { all: this.#frames, withInstances: this.#framesWithInstances };
  }

  /** The counts by train id; they are made anew at each call. */
  get matrix(): ConfusionMatrix {
    const matrix = new ConfusionMatrix(this.space.classes.length);
    for (const [truth, trueId] of this.space.trainIds) {
      for (const [predicted, predictedId] of this.space.trainIds) {
        matrix.count(trueId, predictedId, this.pixels(truth, predicted));
      }
    }
    return matrix;
  }

  /** The scores of what was counted. */
  scores(): Scores {
    return scoresOf(this.matrix, this.space, instanceIous(this));
  }

  #check(where: "truth" | "prediction", id: number): void {
    const isKnown = this.space.trainIds.has(id);
    if (isKnown && where === "prediction" && id === LICENSE_PLATE) {
      throw new RangeError(
        `the prediction has the label id ${id}, a license plate, which the benchmark does not take; ` +
          "are they train ids?",
      );
    }
    if (!isKnown) throw new RangeError(`the ${where} has the unknown label id ${id}`);
  }
}
