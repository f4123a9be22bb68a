import { plainSettings } from "./convolution_settings.ts";
import { DataType } from "./data_type.ts";
import {
  CHANNELS,
  type ConvolutionShape,
  type ConvolutionWork,
  FILTER,
  MOST_CHANNELS,
  type Tasks,
} from "./machine_code/mod.ts";
import { OpBuilder, type Shape4D } from "./op_builder.ts";
import type { NamedOpCall } from "./op_repairs.ts";
import type { OpRunner } from "./op_runner.ts";

const CONVOLUTION = "Conv2D", IMAGE_GRADIENT = "Conv2DBackpropInput";
const FILTER_GRADIENT = "Conv2DBackpropFilter";
const NAMES = [CONVOLUTION, IMAGE_GRADIENT, FILTER_GRADIENT];
const FLOAT_BYTES = 4;

/** The tasks of a convolution. */
export interface ConvolutionTasks extends Pick<Tasks, "addresses"> {
  /** How much scratch memory each of them takes. */
  scratchBytes: number;
  /** Whether each has a result of its own, which are to be added. */
  adds: boolean;
}

/**
 * What a convolution is computed for that machine code may compute, or whose gradient it may: with a
 * filter of 3x3 it keeps the images' size, and its channels come in multiples of 16.
 *
 * @param call The convolution, or any other op.
 * @returns `undefined` for another op, and where a size is not known or does not fit.
 */
export function convolutionShape<T>(
  runner: OpRunner<T>,
  { name, inputs: [first, second, third], attributes }: NamedOpCall<T>,
): ConvolutionShape | undefined {
  if (!NAMES.includes(name)) return undefined;
  const { stride, padding } = plainSettings(attributes) ?? {};
  if (stride !== 1 || padding !== "SAME") return undefined;
  const images = name === IMAGE_GRADIENT ? runner.intsOf(first!) : runner.shapeOf(first!);
  const filter = name === FILTER_GRADIENT ? runner.intsOf(second!) : runner.shapeOf(second!);
  if (!images || !filter) return undefined;
  const [filterHeight, filterWidth, channels, filters] = filter as Shape4D;
  const [batch, height, width] = images as Shape4D;
  const gradient = [batch, height, width, filters];
  const fits = filterHeight === FILTER && filterWidth === FILTER && channels === images[3] &&
    [channels, filters].every((count) => count % CHANNELS === 0 && count <= MOST_CHANNELS) &&
    (!third || `${runner.shapeOf(third)}` === `${gradient}`);
  return fits ? { batch, height, width, channels, filters } : undefined;
}

/**
 * Runs a convolution, or one of its gradients, by machine code.
 *
 * @param call The convolution, of the shape that is given.
 * @param options.tasks Gives the tasks of some work.
 * @param options.type The data type of images and their gradients; a filter's gradient is float32.
 */
export function machineConvolution<T>(
  runner: OpRunner<T>,
  { name, inputs: [first, second, third] }: NamedOpCall<T>,
  { shape, tasks, type = DataType.FLOAT }: {
    shape: ConvolutionShape;
    tasks: (work: ConvolutionWork, shape: ConvolutionShape) => ConvolutionTasks;
    type?: number;
  },
): T {
  const { batch, height, width, channels, filters } = shape;
  const build = new OpBuilder(runner);
  const run = (work: ConvolutionWork, of: ConvolutionShape, inputs: [T, T], sizes: number[]) => {
    const { addresses, scratchBytes, adds } = tasks(work, of);
    // Not before there is a gradient, or memory would wait for it.
    const after = work === "filterGradient" ? inputs.slice(1) : inputs.slice(0, 1);
    const empty = () => build.empty(sizes, after, work === "filterGradient" ? undefined : type);
    const shared = adds ? undefined : empty();
    const parts = addresses.map((task) => {
      const scratch = build.empty([scratchBytes / FLOAT_BYTES], after);
      return build.machineCode(task, [...inputs, scratch], shared ?? empty());
    });
    return build.reshape(adds ? build.sum(parts) : build.written(parts), sizes);
  };
  switch (name) {
    case CONVOLUTION:
      return run("convolution", shape, [first!, second!], [batch, height, width, filters]);
    case IMAGE_GRADIENT: {
      const of = { ...shape, channels: filters, filters: channels };
      return run("turnedConvolution", of, [third!, second!], [batch, height, width, channels]);
    }
    default: {
      const sizes = [FILTER, FILTER, channels, filters];
      return run("filterGradient", shape, [first!, third!], sizes);
    }
  }
}
