import { plainSettings } from "./convolution_settings.ts";
import { DataType } from "./data_type.ts";
import {
  CHANNELS,
  type CodeUse,
  FILTER,
  MOST_BYTES,
  MOST_CHANNELS,
  PART,
  TILE,
  type WinogradShape,
  type WinogradWork,
} from "./machine_code/mod.ts";
import { OpBuilder, type Shape4D } from "./op_builder.ts";
import type { NamedOpCall } from "./op_repairs.ts";
import type { OpRunner } from "./op_runner.ts";

/** With fewer tiles bringing the filter to the points costs more than is saved. */
const FEWEST_TILES = 8;

const CONVOLUTION = "Conv2D", IMAGE_GRADIENT = "Conv2DBackpropInput";
const FILTER_GRADIENT = "Conv2DBackpropFilter";
const NAMES = [CONVOLUTION, IMAGE_GRADIENT, FILTER_GRADIENT];
const FLOAT_BYTES = 4;

/**
 * Computes a convolution with a filter of 3x3, or one of its gradients, by a quarter of the
 * multiplications: Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray 2016,
 * https://arxiv.org/abs/1509.09308). Parts of the images, 6x6 and overlapping, are taken as
 * polynomials, and so is the filter: of their values at 36 points only products are needed.
 *
 * @param runner Runs the ops.
 * @param call The convolution, or any other op.
 * @param options.code What makes the machine code.
 * @param options.fewestTiles From how many tiles of 4x4 pixels on it pays.
 * @returns What the call would give, but for rounding of some millionths of the largest value, and
 *   with `NaN` where an infinity is in the same part; `undefined` where it is another op or where
 *   this does not pay.
 */
export function winogradConvolution<T>(
  runner: OpRunner<T>,
  call: NamedOpCall<T>,
  { code, fewestTiles = FEWEST_TILES }: { code: CodeUse; fewestTiles?: number },
): T | undefined {
  const { name, inputs: [first, second, third], attributes } = call;
  if (!NAMES.includes(name) || runner.dtypeOf(third ?? first!) !== DataType.FLOAT) return undefined;
  const { stride, padding } = plainSettings(attributes) ?? {};
  const shape = stride === 1 && padding === "SAME" ? shapeOf(runner, call) : undefined;
  if (!shape || !isPossible(shape)) return undefined;
  // Of sizes that are known only when it runs the number is NaN.
  if (!(tilesOf(shape) >= fewestTiles)) return undefined;
  const winograd = new Winograd(runner, code, shape);
  switch (name) {
    case CONVOLUTION:
      return winograd.convolve(first!, second!);
    case IMAGE_GRADIENT:
      return winograd.imageGradient(third!, second!);
    default:
      return winograd.filterGradient(first!, third!);
  }
}

/**
 * The sizes of images and filter, be they inputs or results; `undefined` where one is not known, or
 * where they do not fit together or here.
 */
function shapeOf<T>(
  runner: OpRunner<T>,
  { name, inputs: [first, second, third] }: NamedOpCall<T>,
): WinogradShape | undefined {
  const images = name === IMAGE_GRADIENT ? runner.intsOf(first!) : runner.shapeOf(first!);
  const filter = name === FILTER_GRADIENT ? runner.intsOf(second!) : runner.shapeOf(second!);
  if (!images || !filter) return undefined;
  const [filterHeight, filterWidth, channels, filters] = filter as Shape4D;
  const [batch, height, width] = images as Shape4D;
  const gradient = [batch, height, width, filters];
  const fits = filterHeight === FILTER && filterWidth === FILTER && channels === images[3] &&
    (!third || `${runner.shapeOf(third)}` === `${gradient}`);
  return fits ? { batch, height, width, channels, filters } : undefined;
}

/** Whether there is code for a convolution. */
function isPossible({ channels, filters }: WinogradShape): boolean {
  return [channels, filters].every((count) => count % CHANNELS === 0 && count <= MOST_CHANNELS) &&
    PART ** 2 * channels * filters * FLOAT_BYTES < MOST_BYTES;
}

function tilesOf({ batch, height, width }: WinogradShape): number {
  return batch * Math.ceil(height / TILE) * Math.ceil(width / TILE);
}

/** A convolution of some shape and its gradients, by machine code. */
class Winograd<T> {
  readonly #build: OpBuilder<T>;
  readonly #code: CodeUse;
  readonly #shape: WinogradShape;

  constructor(runner: OpRunner<T>, code: CodeUse, shape: WinogradShape) {
    this.#build = new OpBuilder(runner);
    this.#code = code;
    this.#shape = shape;
  }

  convolve(images: T, filter: T): T {
    return this.#convolve("convolution", [images, filter], this.#shape);
  }

  /** Convolves a gradient with the filter turned by 180 degrees and its channels swapped. */
  imageGradient(gradient: T, filter: T): T {
    const { channels: filters, filters: channels } = this.#shape;
    return this.#convolve("turnedConvolution", [gradient, filter], {
      ...this.#shape,
      channels,
      filters,
    });
  }

  filterGradient(images: T, gradient: T): T {
    const { channels, filters } = this.#shape;
    return this.#run("filterGradient", [images, gradient], {
      shape: this.#shape,
      sizes: [FILTER, FILTER, channels, filters],
      after: gradient,
    });
  }

  #convolve(work: WinogradWork, inputs: [T, T], shape: WinogradShape): T {
    const { batch, height, width, filters } = shape;
    return this.#run(work, inputs, {
      shape,
      sizes: [batch, height, width, filters],
      after: inputs[0],
    });
  }

  /** Runs the tasks of some work, once something is there. */
  #run(
    work: WinogradWork,
    inputs: [T, T],
    { shape, sizes, after }: { shape: WinogradShape; sizes: number[]; after: T },
  ): T {
    const build = this.#build;
    const { addresses, scratchBytes, adds } = this.#code.winograd(work, shape);
    const shared = adds ? undefined : build.empty(sizes, [after]);
    const parts = addresses.map((task) => {
      const scratch = build.empty([scratchBytes / FLOAT_BYTES], [after]);
      return build.machineCode(task, [...inputs, scratch], shared ?? build.empty(sizes, [after]));
    });
    return build.reshape(adds ? build.sum(parts) : build.written(parts), sizes);
  }
}
