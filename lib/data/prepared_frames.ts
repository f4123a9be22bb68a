import { concatBytes, Random, type WorkOptions } from "../system/mod.ts";
import type { Frame } from "./dataset.ts";
import type { LabelSpace } from "./label_space.ts";
import { imageOf, labelsOf, type PackedFrames } from "./packed_frames.ts";
import { Sample } from "./sample.ts";

/** The frames of a split at one size, ready to be trained on and looked at. */
export class PreparedFrames implements PackedFrames {
  readonly frames: Frame[];
  readonly width: number;
  readonly height: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  /** The split they are, such as `"train"`. */
  readonly split: string;
  /** The classes. */
  readonly space: LabelSpace;

  constructor(
    { frames, width, height, images, labels }: PackedFrames,
    { split, space }: { split: string; space: LabelSpace },
  ) {
    this.frames = frames;
    this.width = width;
    this.height = height;
    this.images = images;
    this.labels = labels;
    this.split = split;
    this.space = space;
  }

  /**
   * One frame; its arrays are views, not copies.
   *
   * @throws {RangeError} if there is no such frame.
   */
  sample(index: number): Sample {
    this.#require(index);
    const { width, height, space } = this;
    const { id } = this.frames[index]!;
    const image = { pixels: imageOf(this, index), width, height };
    return new Sample({ id, image, labels: labelsOf(this, index), space });
  }

  /** A frame drawn at random; the same seed draws the same frame. */
  randomSample(seed: number = Math.floor(Math.random() * 2 ** 32)): Sample {
    return this.sample(new Random(seed).integer(this.frames.length));
  }

  /**
   * Some of the frames as a set of their own, which copies them.
   *
   * @throws {RangeError} if there is no such frame.
   */
  subset(indices: readonly number[]): PreparedFrames {
    indices.forEach((index) => this.#require(index));
    return new PreparedFrames({
      frames: indices.map((index) => this.frames[index]!),
      width: this.width,
      height: this.height,
      images: concatBytes(indices.map((index) => imageOf(this, index))),
      labels: concatBytes(indices.map((index) => labelsOf(this, index))),
    }, this);
  }

  /** All frames, in their order. */
  samples(): Sample[] {
    return this.frames.map((_, index) => this.sample(index));
  }

  /**
   * The same frames with other images or labels of the same size.
   *
   * @param change What becomes of a frame; what it does not return stays.
   * @throws {RangeError} if what it returns has another size.
   */
  map(change: (sample: Sample, index: number) => ChangedSample): PreparedFrames {
    return this.#with(this.samples().map(change));
  }

  /** As {@linkcode PreparedFrames.map}, one frame after the other, for changes that take time. */
  async mapAsync(
    change: (sample: Sample, index: number) => Promise<ChangedSample>,
    { onProgress, signal }: WorkOptions = {},
  ): Promise<PreparedFrames> {
    const changed: ChangedSample[] = [];
    for (const [index, sample] of this.samples().entries()) {
      signal?.throwIfAborted();
      changed.push(await change(sample, index));
      const [done, total] = [changed.length, this.frames.length];
      onProgress?.({ task: "Changing frames", done, total, unit: "frames" });
    }
    return this.#with(changed);
  }

  #require(index: number): void {
    if (this.frames[index]) return;
    throw new RangeError(`Cannot take frame ${index}: there are ${this.frames.length}, from 0 up`);
  }

  #with(changed: readonly ChangedSample[]): PreparedFrames {
    const images = changed.map(({ image }, index) => image?.pixels ?? imageOf(this, index));
    const labels = changed.map((sample, index) => sample.labels ?? labelsOf(this, index));
    const pixels = this.width * this.height;
    const wrong = images.findIndex(({ length }, index) =>
      length !== 3 * pixels || labels[index]!.length !== pixels
    );
    if (wrong !== -1) {
      throw new RangeError(
        `Cannot change the frame ${this.frames[wrong]!.id}: expected an image and labels of ` +
          `${this.width}x${this.height}, as all frames are`,
      );
    }
    return new PreparedFrames(
      { ...this, images: concatBytes(images), labels: concatBytes(labels) },
      this,
    );
  }
}

/** What may be changed of a {@linkcode Sample}. */
export type ChangedSample = Partial<Pick<Sample, "image" | "labels">>;
