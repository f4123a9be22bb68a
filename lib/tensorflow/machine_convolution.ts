import { plainSettings } from "./convolution_settings.ts";
import { DataType } from "./data_type.ts";
import {
  CHANNELS,
  type ConvolutionShape,
  type ConvolutionTasks,
  type ConvolutionWork,
  FILTER,
  FLOAT_BYTES,
  MOST_CHANNELS,
} from "./machine_code/mod.ts";
import { OpBuilder, type Shape4D } from "./op_builder.ts";
import { CONVOLUTION, FILTER_GRADIENT, IMAGE_GRADIENT } from "./op_names.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";

/** What of a convolution each op computes. */
const WORK: Record<string, ConvolutionWork> = {
  [CONVOLUTION]: "convolution",
  [IMAGE_GRADIENT]: "turnedConvolution",
  [FILTER_GRADIENT]: "filterGradient",
};

/** A convolution of which an op computes the result or a gradient. */
export interface Convolved {
  work: ConvolutionWork;
  /** Its shapes, be they of inputs or of results. */
  images: Shape4D;
  filter: Shape4D;
  result: Shape4D;
  /** How many pixels it goes on for each of the result, both ways. */
  stride: number;
}

/**
 * The convolution that an op is about, if machine code may compute it: its result has a pixel for each
 * `stride` pixels both ways, and channels come in multiples of 16.
 *
 * @param call The op, or any other.
 * @returns `undefined` for another op, and where a size is not known or does not fit.
 */
export function convolvedBy<T>(
  runner: OpRunner<T>,
  { name, inputs: [first, second, third], attributes }: OpCall<T>,
): Convolved | undefined {
  const work = WORK[name], { stride, padding } = work && plainSettings(attributes) || {};
  if (!work || stride === undefined) return undefined;
  const images = work === "turnedConvolution" ? runner.intsOf(first!) : runner.shapeOf(first!);
  const filter = work === "filterGradient" ? runner.intsOf(second!) : runner.shapeOf(second!);
  if (!images || !filter) return undefined;
  const [batch, height, width, channels] = images as Shape4D;
  const [down, across, taken, filters] = filter as Shape4D;
  const result: Shape4D = [batch, height / stride, width / stride, filters];
  // With a filter as large as the stride nothing is added around the images.
  const isWhole = padding === "SAME" ||
    padding === "VALID" && down === stride && across === stride;
  const fits = isWhole && taken === channels &&
    [height, width].every((size) => size % stride === 0) &&
    [channels, filters].every((count) =>
      count > 0 && count % CHANNELS === 0 && count <= MOST_CHANNELS
    ) &&
    (!third || `${runner.shapeOf(third)}` === `${result}`);
  return fits
    ? { work, images: images as Shape4D, filter: filter as Shape4D, result, stride }
    : undefined;
}

/** Whether a filter of 3x3 keeps the images' size. */
export function keepsSize({ filter, stride }: Convolved): boolean {
  return filter[0] === FILTER && filter[1] === FILTER && stride === 1;
}

/** The sizes of the convolution that some work is: for a gradient with respect to images another. */
export function workedShape({ work, images, result }: Convolved): ConvolutionShape {
  const [batch, height, width, channels] = images, filters = result[3];
  return work === "turnedConvolution"
    ? { batch, height, width, channels: filters, filters: channels }
    : { batch, height, width, channels, filters };
}

/**
 * Runs the tasks of a convolution, or of one of its gradients.
 *
 * @param convolved What the call is about.
 * @param options.tasks What is run.
 * @param options.joined What is taken in place of the images, where they were joined of it.
 * @param options.type The data type of images and their gradients; a filter's gradient is float32.
 * @param options.each What the tasks take for each channel of the result: a bias, or scales.
 */
export function machineConvolution<T>(
  runner: OpRunner<T>,
  { inputs: [first, second, third] }: OpCall<T>,
  { work, images, filter, result }: Convolved,
  { tasks: { addresses, scratchBytes, adds }, type, joined = [first!], each = [] }: {
    tasks: ConvolutionTasks;
    type: number;
    joined?: T[] | undefined;
    each?: T[] | undefined;
  },
): T {
  const build = new OpBuilder(runner);
  const { taken, sizes, after, written } = {
    convolution: { taken: [...joined, second!], sizes: result, after: joined, written: type },
    turnedConvolution: { taken: [third!, second!], sizes: images, after: [third!], written: type },
    // Not before there is a gradient, or memory would wait for it.
    filterGradient: {
      taken: [...joined, third!],
      sizes: filter,
      after: [third!],
      written: DataType.FLOAT,
    },
  }[work];
  const empty = () => build.empty(sizes, after, written);
  const shared = adds ? undefined : empty();
  const parts = addresses.map((task) => {
    const scratch = build.empty([scratchBytes / FLOAT_BYTES], after);
    return build.machineCode(task, [...taken, ...each, scratch], shared ?? empty());
  });
  return adds ? build.sum(parts) : build.written(parts);
}
