import { FILTER, PART } from "./winograd_tiles.ts";
import {
  type Memory,
  R10,
  R11,
  R12,
  R14,
  R15,
  R8,
  R9,
  RAX,
  RBP,
  RBX,
  RCX,
  RDI,
  RSI,
} from "./assembler.ts";
import { FLOAT_BYTES } from "./number_bytes.ts";
import { local, type WinogradFrame } from "./winograd_frame.ts";
import { FILTER_TO_POINTS, POINTS_TO_FILTER, type Transform } from "./winograd_transforms.ts";

// The code that brings a filter to the points, and its gradient back.

const POINTS = PART ** 2;

/** A block of columns of the filter, at the points. */
export function filterToPoints(frame: WinogradFrame): void {
  const asm = frame.asm, { channels, pixel, stride, place } = frame.plan;
  frame.loadConstants("filters");
  asm.load(RSI, local("other"));
  asm.add(RSI, local("block"));
  asm.load(RDI, local("scratch"));
  asm.add(RDI, place.filter);
  pointBetween(frame);
  asm.movNumber(RCX, BigInt(channels));
  asm.countDown(RCX, 1, () => {
    frame.eachVector(pixel.products, () =>
      transformTwice(frame, FILTER_TO_POINTS, {
        from: channels * pixel.result,
        to: stride.filter,
      }));
    if (pixel.products < pixel.result) asm.add(RSI, pixel.result - pixel.products);
  });
}

/**
 * The same of a filter whose rows are the columns, turned by 180 degrees: for each place in it, from
 * the last on, a square of as many rows as a vector has numbers is transposed.
 */
export function turnedFilterToPoints(frame: WinogradFrame): void {
  const asm = frame.asm, { channels, filters, pixel, stride, place } = frame.plan;
  const { bytes } = asm.isa, size = bytes / FLOAT_BYTES;
  const plane = filters * pixel.images, places = FILTER ** 2;
  asm.load(R8, local("other"));
  asm.load(RAX, local("block"));
  asm.imul(RAX, RAX, channels);
  asm.add(R8, { register: RAX });
  asm.add(R8, (places - 1) * plane);
  asm.load(R14, local("scratch"));
  asm.lea(R15, { base: R14, offset: place.square });
  asm.add(R14, place.filter);
  pointBetween(frame);
  asm.movNumber(RBX, BigInt(pixel.products / bytes));
  asm.countDown(RBX, 1, () => {
    asm.mov(R9, R8);
    asm.mov(RDI, R14);
    asm.movNumber(RBP, BigInt(pixel.images / bytes));
    asm.countDown(RBP, 1, () => {
      asm.mov(R10, R9);
      asm.mov(R11, R15);
      asm.movNumber(RCX, BigInt(places));
      asm.countDown(RCX, 1, () => {
        asm.transpose(
          (row) => ({ base: R10, offset: row * pixel.images }),
          (column) => ({ base: R11, offset: column * bytes }),
        );
        asm.sub(R10, plane);
        asm.add(R11, size * bytes);
      });
      frame.loadConstants("filters");
      asm.mov(RSI, R15);
      asm.movNumber(RCX, BigInt(size));
      asm.countDown(RCX, 1, () => {
        transformTwice(frame, FILTER_TO_POINTS, { from: size * bytes, to: stride.filter });
        asm.add(RSI, bytes);
        asm.add(RDI, pixel.products);
      });
      asm.add(R9, bytes);
    });
    asm.add(R8, size * pixel.images);
    asm.add(R14, bytes);
  });
}

/** Makes the filter's gradient at the points zero. */
export function clearGradient(frame: WinogradFrame): void {
  const asm = frame.asm, { stride, place } = frame.plan;
  asm.zero(0);
  asm.load(RDI, local("scratch"));
  asm.add(RDI, place.filter);
  asm.movNumber(RCX, BigInt(POINTS * stride.filter));
  asm.countDown(RCX, asm.isa.bytes, () => {
    asm.vmovupsStore({ base: RDI }, 0);
    asm.add(RDI, asm.isa.bytes);
  });
}

/** A block of rows of the filter's gradient, of that at the points. */
export function pointsToFilter(frame: WinogradFrame): void {
  const asm = frame.asm, { channels, filters, blockChannels, pixel, stride, place } = frame.plan;
  frame.loadConstants("filters");
  asm.load(RSI, local("scratch"));
  asm.add(RSI, place.filter);
  asm.load(RDI, local("block"));
  asm.imul(RDI, RDI, filters);
  asm.add(RDI, local("result"));
  pointBetween(frame);
  frame.eachVector(blockChannels * pixel.result, () =>
    transformTwice(frame, POINTS_TO_FILTER, {
      from: stride.filter,
      to: channels * pixel.result,
    }));
}

/** Has R12 point at the memory for vectors between two transforms. */
function pointBetween({ asm, plan }: WinogradFrame): void {
  asm.load(R12, local("scratch"));
  asm.add(R12, plan.place.between);
}

/**
 * Transforms the rows and the columns of squares, from RSI to RDI, after {@linkcode pointBetween}.
 *
 * @param stride From a place in a square to the next.
 */
function transformTwice(
  frame: WinogradFrame,
  transform: Transform,
  stride: { from: number; to: number },
): void {
  const { bytes } = frame.asm.isa;
  const between = (y: number, x: number): Memory => ({
    base: R12,
    offset: (y * transform.from + x) * bytes,
  });
  for (let x = 0; x < transform.from; x++) {
    frame.transform(
      transform,
      (y) => ({ base: RSI, offset: (y * transform.from + x) * stride.from }),
      (y) => between(y, x),
    );
  }
  for (let y = 0; y < transform.to; y++) {
    frame.transform(
      transform,
      (x) => between(y, x),
      (x) => ({ base: RDI, offset: (y * transform.to + x) * stride.to }),
    );
  }
}
