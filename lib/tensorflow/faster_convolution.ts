import { type ConvolutionSettings, plainSettings } from "./convolution_settings.ts";
import { DataType } from "./data_type.ts";
import { FLOAT_BYTES } from "./machine_code/mod.ts";
import { OpBuilder, type Shape4D } from "./op_builder.ts";
import { CONVOLUTION, FILTER_GRADIENT, IMAGE_GRADIENT } from "./op_names.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";

/** Up to this size the parts of two tensors that are multiplied stay in a processor's cache. */
const CACHED_BYTES = 4 << 20;
/** Rows of so many channels begin where TensorFlow can use them without a copy. */
const ALIGNED_CHANNELS = 16;
/** An image of fewer pixels is too small for the detour to pay, unless its filter is large. */
const MANY_PIXELS = 2048, MANY_WEIGHTS = 512 * 1024;
/** With so few channels oneDNN's own kernel is as fast or faster. */
const FEW_CHANNELS = 16;
/** A single image of fewer pixels is not worth turning its filter round. */
const PIXELS_WORTH_A_TURN = 512;

/** The ops that may be replaced. */
const REPLACED = [CONVOLUTION, FILTER_GRADIENT];

/** Whether {@linkcode fasterConvolution} may replace an op; most ops it never does. */
export function mayBeReplaced(op: string): boolean {
  return REPLACED.includes(op);
}

/**
 * Gives a convolution's result by other ops where those are faster. Without AVX-512, oneDNN has fast
 * kernels for images in TensorFlow's layout (channels last) for some of what training needs; the rest
 * is made of them here.
 *
 * @param runner Runs the ops.
 * @param call The convolution, or any other op.
 * @returns What the call would give, but for rounding; `undefined` where the call itself is the best.
 */
export function fasterConvolution<T>(
  runner: OpRunner<T>,
  call: OpCall<T>,
): T | undefined {
  if (!mayBeReplaced(call.name)) return undefined;
  const settings = plainSettings(call.attributes);
  if (!settings || runner.dtypeOf(call.inputs[0]!) !== DataType.FLOAT) return undefined;
  const build = new OpBuilder(runner);
  if (call.name === CONVOLUTION) return oneImage(build, call, settings);
  const [images, sizes, gradient] = call.inputs as [T, T, T];
  const kernel = runner.intsOf(sizes) as Shape4D | undefined;
  if (!kernel) return undefined;
  return settings.stride === 1
    ? filterGradient(build, { images, gradient }, kernel)
    : patchFilterGradient(build, { images, gradient }, { kernel, stride: settings.stride });
}

/**
 * For a single image TensorFlow keeps the filter in a layout that oneDNN has no fast kernel for, but
 * not in the gradient with respect to the images, which is a convolution too: with the filter turned
 * by 180 degrees and its channels swapped.
 */
function oneImage<T>(
  build: OpBuilder<T>,
  { inputs, attributes }: OpCall<T>,
  { stride, padding }: ConvolutionSettings,
): T | undefined {
  const [images, filter] = inputs as [T, T];
  const [batch, height, width] = build.shapeOf(images);
  const [kernelHeight, kernelWidth, , filters] = build.shapeOf(filter);
  const same = padding === "SAME" && stride === 1 && isOdd(kernelHeight) && isOdd(kernelWidth);
  const pays = batch === 1 && height * width >= PIXELS_WORTH_A_TURN && kernelHeight > 1;
  if (!same || !pays) return undefined;
  const turned = build.transpose(build.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  const sizes = build.ints([batch, height, width, filters]);
  return build.op(IMAGE_GRADIENT, [sizes, turned, images], attributes);
}

/**
 * The gradient with respect to the filter of a convolution of stride 1 that keeps the size: for each
 * place in the filter the product of all pixels, shifted by it, with the gradient. On zero-padded
 * images laid out as one list of pixels a shift is an offset in the list, so nothing is copied.
 */
function filterGradient<T>(
  build: OpBuilder<T>,
  taken: { images: T; gradient: T },
  kernel: Shape4D,
): T | undefined {
  const [batch, height, width] = build.shapeOf(taken.images);
  const [kernelHeight, kernelWidth, channels, filters] = kernel;
  const odd = isOdd(kernelHeight) && isOdd(kernelWidth) && kernelHeight * kernelWidth > 1;
  const same = `${build.shapeOf(taken.gradient).slice(1, 3)}` === `${[height, width]}`;
  const aligned = channels % ALIGNED_CHANNELS === 0 && filters % ALIGNED_CHANNELS === 0;
  const isMuch = height * width >= MANY_PIXELS || channels * filters >= MANY_WEIGHTS;
  const pays = isMuch && channels > FEW_CHANNELS;
  if (!odd || !same || !aligned || !pays) return undefined;

  const marginY = (kernelHeight - 1) / 2, marginX = (kernelWidth - 1) / 2;
  const row = width + 2 * marginX;
  const pixels = (height + 2 * marginY) * row;
  const margins = [[0, 0], [marginY, marginY], [marginX, marginX], [0, 0]];
  // Not before there is a gradient, or it would wait for it in memory.
  const padded = build.pad(taken.images, margins, [taken.gradient]);
  const images = build.reshape(padded, [batch * pixels, channels]);
  const gradient = build.reshape(build.pad(taken.gradient, margins), [batch * pixels, filters]);
  const bytes = pixels * (channels + filters) * FLOAT_BYTES;
  const together = Math.max(1, Math.floor(CACHED_BYTES / bytes));
  // From the first pixel that has a gradient to the last, of each group of images.
  const first = marginY * row + marginX;
  const groups = Array.from({ length: Math.ceil(batch / together) }, (_, i) => {
    const start = i * together * pixels + first;
    const length = Math.min(together, batch - i * together) * pixels - 2 * first;
    return { start, length, gradient: build.rows(gradient, start, length) };
  });
  const places = Array.from({ length: kernelHeight * kernelWidth }, (_, i) => {
    const y = Math.floor(i / kernelWidth) - marginY, x = i % kernelWidth - marginX;
    return build.sum(groups.map(({ start, length, gradient }) => {
      const shifted = build.rows(images, start + y * row + x, length);
      return build.productOfColumns(shifted, gradient);
    }));
  });
  return build.reshape(build.list("Pack", places), kernel);
}

/**
 * The gradient with respect to the filter of a convolution whose stride is the filter's size (in a
 * transposed convolution images and gradient have changed places): the images' patches do not
 * overlap, so one product of matrices gives it.
 */
function patchFilterGradient<T>(
  build: OpBuilder<T>,
  { images, gradient }: { images: T; gradient: T },
  { kernel, stride }: { kernel: Shape4D; stride: number },
): T | undefined {
  const [kernelHeight, kernelWidth, channels, filters] = kernel;
  const [batch, height, width] = build.shapeOf(gradient);
  const patched = [batch, height * stride, width * stride, channels];
  const fits = kernelHeight === stride && kernelWidth === stride &&
    `${build.shapeOf(images)}` === `${patched}`;
  if (!fits) return undefined;
  const rows = batch * height * width;
  const shape = [batch * height, stride, width, stride * channels];
  // Not before there is a gradient, or patches would wait for it in memory.
  const split = build.reshape(images, shape, [gradient]);
  const patches = build.transpose(split, [0, 2, 1, 3]);
  const product = build.productOfColumns(
    build.reshape(patches, [rows, stride * stride * channels]),
    build.reshape(gradient, [rows, filters]),
  );
  return build.reshape(product, kernel);
}

function isOdd(size: number): boolean {
  return size % 2 === 1;
}
