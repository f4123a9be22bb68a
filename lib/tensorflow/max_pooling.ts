import { hasChannelsLast } from "./convolution_settings.ts";
import type { OpAttribute } from "./op_attributes.ts";
import { OpBuilder } from "./op_builder.ts";
import { POOLING, POOLING_GRADIENT } from "./op_names.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";

/** Each place of a window takes four ops of the gradient; a window of more would be a large graph. */
const MOST_PLACES = 16;

/**
 * Computes the largest numbers of windows of images, or the gradient of that, by ops which XLA makes
 * one loop of. For TensorFlow's own it finds each window's largest number twice and scatters the
 * gradients to where those were.
 *
 * @param runner Runs the ops.
 * @returns What the op gives: among equal numbers the first of a window has the gradient, as with
 *   TensorFlow's. `undefined` for another op, or for windows that overlap, do not fill the images or
 *   have many places.
 */
export function maxPooling<T>(
  runner: OpRunner<T>,
  { name, inputs, attributes }: OpCall<T>,
): T | undefined {
  if (name !== POOLING && name !== POOLING_GRADIENT) return undefined;
  const [images, , gradient] = inputs as [T, T, T];
  const shape = runner.shapeOf(images);
  const window = windowOf(attributes);
  const isFilled = window && shape.length === 4 &&
    shape.slice(1).every((size, i) => size % [...window, 1][i]! === 0);
  if (!isFilled) return undefined;
  const windows = new Windows(new OpBuilder(runner), { shape, window });
  return name === POOLING ? windows.largest(images) : windows.toLargest(gradient, images);
}

/** The height and width of windows that lie side by side, if they have few places. */
export function windowOf(attributes: OpAttribute[]): [number, number] | undefined {
  const values = Object.fromEntries(attributes.map(({ name, value }) => [name, value]));
  const [batch, height, width, channels] = values.ksize as number[];
  const sideBySide = `${values.ksize}` === `${values.strides}` && batch === 1 && channels === 1;
  const places = height! * width!;
  const fits = hasChannelsLast(attributes) && sideBySide && values.padding !== "EXPLICIT" &&
    places > 1 && places <= MOST_PLACES;
  return fits ? [height!, width!] : undefined;
}

/** Images seen as windows: `[B, H, W, C]` as `[B, H / h, h, W / w, w, C]`. */
class Windows<T> {
  readonly #build: OpBuilder<T>;
  readonly #shape: number[];
  readonly #window: [number, number];

  constructor(
    build: OpBuilder<T>,
    { shape, window }: { shape: number[]; window: [number, number] },
  ) {
    this.#build = build;
    this.#shape = shape;
    this.#window = window;
  }

  /** The largest number of each window, `[B, H / h, W / w, C]`. */
  largest(images: T): T {
    const rowsAndColumns = this.#build.ints([2, 4]);
    return this.#build.op("Max", [this.#split(images), rowsAndColumns]);
  }

  /**
   * One number for each window at the place of its first largest number, and 0 elsewhere. That is
   * looked for again: what another loop of XLA found may be rounded otherwise, and equal none.
   */
  toLargest(numbers: T, images: T): T {
    const build = this.#build, [height, width] = this.#window;
    const places = Array.from({ length: height * width }, (_, place) => place);
    const split = this.#split(images);
    let largest = this.#at(split, 0), first = build.ints([0], []);
    for (const place of places.slice(1)) {
      const number = this.#at(split, place);
      const isLarger = build.op("Greater", [number, largest]);
      largest = build.op("SelectV2", [isLarger, number, largest]);
      first = build.op("SelectV2", [isLarger, build.ints([place], []), first]);
    }
    const isFirst = build.op("Equal", [first, build.ints(places, [1, 1, height, 1, width, 1])]);
    const spread = this.#one(numbers);
    const whole = build.op("SelectV2", [isFirst, spread, build.op("ZerosLike", [spread])]);
    return build.reshape(whole, this.#shape.with(0, -1));
  }

  /** The numbers at one place of each window, `[B, H / h, 1, W / w, 1, C]`. */
  #at(split: T, place: number): T {
    const row = Math.floor(place / this.#window[1]), column = place % this.#window[1];
    return this.#build.slice(split, [0, 0, row, 0, column, 0], [-1, -1, 1, -1, 1, -1]);
  }

  /** One number for each window, as windows of one. */
  #one(numbers: T): T {
    const [, rows, , columns, , channels] = this.#splitShape();
    return this.#build.reshape(numbers, [-1, rows!, 1, columns!, 1, channels!]);
  }

  #split(images: T): T {
    return this.#build.reshape(images, this.#splitShape());
  }

  #splitShape(): number[] {
    const [, height, width, channels] = this.#shape as [number, number, number, number];
    const [rows, columns] = this.#window;
    return [-1, height / rows, rows, width / columns, columns, channels];
  }
}
