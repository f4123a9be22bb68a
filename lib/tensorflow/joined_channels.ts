import { hasChannelsLast } from "./convolution_settings.ts";
import { OpBuilder, type Shape4D } from "./op_builder.ts";
import { FILTER_GRADIENT, IMAGE_GRADIENT } from "./op_names.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";
import { isLarge } from "./recomputation.ts";

const JOIN = "ConcatV2", SPLIT = "SplitV";
/** Which axis of images, and of the filter that takes them, their channels are. */
const CHANNELS = 3, FILTER_CHANNELS = 2;
/** The gradients of fewer channels would be read from memory for too little. */
const FEWEST_CHANNELS = 8;

/**
 * The gradients of a convolution on images whose channels were joined, as a U-Net joins those that
 * skip its deeper levels with those that come from there. Each part has a gradient of its own: large
 * images that were joined need not be kept for the way back, and their gradient need not be split.
 * A part may have a slower way to its gradient than the whole; here memory counts more. Where machine
 * code takes the parts as they are, it is asked first.
 */
export class JoinedChannels<T extends WeakKey> {
  readonly #build: OpBuilder<T>;
  readonly #runner: OpRunner<T>;
  readonly #run: (call: OpCall<T>) => T[];
  readonly #made = new WeakMap<T, OpCall<T>>();

  /** @param run Runs an op for a part, which is not taken apart again. */
  constructor(runner: OpRunner<T>, run: (call: OpCall<T>) => T[]) {
    this.#build = new OpBuilder(runner);
    this.#runner = runner;
    this.#run = run;
  }

  /**
   * Takes down how a result was made by the op itself; what other ops gave in its place is not taken
   * apart.
   */
  note(call: OpCall<T>, results: T[]): void {
    if ([JOIN, IMAGE_GRADIENT].includes(call.name)) this.#made.set(results[0]!, call);
  }

  /** The tensors whose channels, one after the other, are those of some images; they were joined of them. */
  partsOf(images: T): T[] | undefined {
    const joined = this.#made.get(images);
    if (joined?.name !== JOIN || this.#axisOf(joined.inputs.at(-1)!) !== CHANNELS) return undefined;
    return joined.inputs.slice(0, -1);
  }

  /** What a call gives, part by part; `undefined` where it is not taken apart. */
  run(call: OpCall<T>): T[] | undefined {
    switch (call.name) {
      case FILTER_GRADIENT:
        return this.#filterGradient(call);
      case SPLIT:
        return this.#imageGradients(call);
    }
  }

  /** The gradient with respect to the filter of a convolution on large images that were joined. */
  #filterGradient(call: OpCall<T>): T[] | undefined {
    const [images, sizes, gradient] = call.inputs as [T, T, T];
    const parts = this.partsOf(images);
    const kernel = this.#runner.intsOf(sizes);
    if (!parts || !kernel || !hasChannelsLast(call.attributes)) return undefined;
    const [height, width, channels, filters] = kernel as Shape4D;
    // A grouped convolution's filter takes fewer channels than there are.
    const fits = channels === this.#channelsOf(images);
    if (!fits || !isLarge(this.#runner.shapeOf(images))) return undefined;
    const gradients = parts.map((part) => {
      const partOfKernel = this.#build.ints([height, width, this.#channelsOf(part), filters]);
      return this.#run({ ...call, inputs: [part, partOfKernel, gradient] })[0]!;
    });
    return [this.#build.concat(gradients, FILTER_CHANNELS)];
  }

  /** The parts of a gradient with respect to images: the gradient with a part of the filter each. */
  #imageGradients({ inputs: [whole, sizes, axis] }: OpCall<T>): T[] | undefined {
    const call = this.#made.get(whole!);
    const channels = this.#runner.intsOf(sizes!);
    const isGradient = call?.name === IMAGE_GRADIENT && hasChannelsLast(call.attributes);
    if (!isGradient || !channels || this.#axisOf(axis!) !== CHANNELS) return undefined;
    const [imageSizes, filter, gradient] = call.inputs as [T, T, T];
    const [batch, height, width] = this.#runner.intsOf(imageSizes) ?? [];
    const enough = channels.every((count) => count >= FEWEST_CHANNELS);
    const grouped = this.#build.shapeOf(filter)[FILTER_CHANNELS] !== this.#channelsOf(whole!);
    if (batch === undefined || !enough || grouped) return undefined;
    let start = 0;
    return channels.map((count) => {
      const from = [0, 0, start, 0], size = [-1, -1, count, -1];
      // Not before there is a gradient, or it would wait for it in memory.
      const partOfFilter = this.#build.slice(filter, from, size, [gradient]);
      start += count;
      const partSizes = this.#build.ints([batch, height!, width!, count]);
      return this.#run({ ...call, inputs: [partSizes, partOfFilter, gradient] })[0]!;
    });
  }

  /** An axis of images, counted from the first; -1 is the last. */
  #axisOf(axis: T): number | undefined {
    const [number] = this.#runner.intsOf(axis) ?? [];
    return number === -1 ? CHANNELS : number;
  }

  #channelsOf(images: T): number {
    return this.#build.shapeOf(images)[CHANNELS];
  }
}
