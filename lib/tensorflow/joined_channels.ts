import { plainSettings } from "./convolution_settings.ts";
import { OpBuilder, type Shape4D } from "./op_builder.ts";
import type { Call, OpRunner } from "./op_runner.ts";
import { isLarge } from "./recomputation.ts";

const JOIN = "ConcatV2", SPLIT = "SplitV";
const FILTER_GRADIENT = "Conv2DBackpropFilter", IMAGE_GRADIENT = "Conv2DBackpropInput";
/** The axes of channels: of images' and of what a filter takes. */
const CHANNELS = 3, TAKEN_CHANNELS = 2;

/**
 * The gradients of a convolution on images whose channels were joined, as a U-Net joins those that
 * skip its deeper levels with those that come from there. Each part has a gradient of its own, so what
 * was joined need not be kept for the way back, and its gradient need not be split.
 */
export class JoinedChannels<T extends WeakKey> {
  readonly #build: OpBuilder<T>;
  readonly #runner: OpRunner<T>;
  readonly #run: (call: Call<T>) => T[];
  readonly #made = new WeakMap<T, Call<T>>();

  /** @param run Runs an op as others are run that are asked for. */
  constructor(runner: OpRunner<T>, run: (call: Call<T>) => T[]) {
    this.#build = new OpBuilder(runner);
    this.#runner = runner;
    this.#run = run;
  }

  /** Takes down how results were made, by the op itself. */
  note(call: Call<T>, results: T[]): void {
    if ([JOIN, IMAGE_GRADIENT].includes(call.name)) this.#made.set(results[0]!, call);
  }

  /** What a call gives, part by part; `undefined` where that is of no use. */
  run(call: Call<T>): T[] | undefined {
    switch (call.name) {
      case FILTER_GRADIENT:
        return this.#filterGradient(call);
      case SPLIT:
        return this.#imageGradients(call);
    }
  }

  /** The gradient with respect to the filter of a convolution on large images that were joined. */
  #filterGradient(call: Call<T>): T[] | undefined {
    const [images, sizes, gradient] = call.inputs as [T, T, T];
    const joined = this.#made.get(images);
    const kernel = this.#runner.intsOf(sizes);
    if (joined?.name !== JOIN || !kernel || !plainSettings(call.attributes)) return undefined;
    const parts = joined.inputs.slice(0, -1);
    const axis = this.#axisOf(joined.inputs.at(-1)!);
    if (axis !== CHANNELS || !isLarge(this.#runner.shapeOf(images))) return undefined;
    const [height, width, , filters] = kernel as Shape4D;
    const gradients = parts.map((part) => {
      const partOfKernel = this.#build.ints([height, width, this.#channelsOf(part), filters]);
      return this.#run({ ...call, inputs: [part, partOfKernel, gradient] })[0]!;
    });
    return [this.#build.concat(gradients, TAKEN_CHANNELS)];
  }

  /** The parts of a gradient with respect to images: the gradient with a part of the filter each. */
  #imageGradients({ inputs: [split, sizes, axis] }: Call<T>): T[] | undefined {
    const call = this.#made.get(split!);
    const channels = this.#runner.intsOf(sizes!);
    const fits = call?.name === IMAGE_GRADIENT && channels && plainSettings(call.attributes) &&
      this.#axisOf(axis!) === CHANNELS;
    if (!fits) return undefined;
    const [, filter, gradient] = call.inputs as [T, T, T];
    const images = this.#runner.shapeOf(split!).slice(0, CHANNELS);
    let start = 0;
    return channels.map((count) => {
      const from = [0, 0, start, 0], size = [-1, -1, count, -1];
      // Not before there is a gradient, or it would wait for it in memory.
      const partOfFilter = this.#build.slice(filter, from, size, [gradient]);
      start += count;
      const inputs = [this.#build.ints([...images, count]), partOfFilter, gradient];
      return this.#run({ ...call, inputs })[0]!;
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
