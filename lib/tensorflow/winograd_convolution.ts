import { DataType } from "./data_type.ts";
import {
  CHANNELS,
  type CodeUse,
  type ConvolutionShape,
  FLOAT_BYTES,
  MOST_BYTES,
  MOST_JOINED,
  PART,
  TILE,
} from "./machine_code/mod.ts";
import {
  type Convolved,
  keepsSize,
  machineConvolution,
  workedShape,
} from "./machine_convolution.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";

/** With fewer tiles bringing the filter to the points costs more than is saved. */
const FEWEST_TILES = 8;

/** What becomes of the numbers that a convolution gives. */
export interface Scaling<T> {
  /** What those of each channel are multiplied by, and what is added then, `[2, K]`. */
  scales: T;
  /** Whether the ReLU is taken. */
  relu: boolean;
}

/**
 * Computes a convolution with a filter of 3x3, or one of its gradients, by a quarter of the
 * multiplications: Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray 2016,
 * https://arxiv.org/abs/1509.09308). Parts of the images, 6x6 and overlapping, are taken as
 * polynomials, and so is the filter: of their values at 36 points only products are needed.
 *
 * @param runner Runs the ops.
 * @param call The convolution, in float32.
 * @param convolved What it is about.
 * @param options.code What makes the machine code.
 * @param options.joined The tensors whose channels are those of the images, where the images were
 *   joined of several; only they are taken then.
 * @param options.then What becomes of the result, if that is no filter's gradient.
 * @param options.fewestTiles From how many tiles of 4x4 pixels on it pays.
 * @returns What the call would give, but for rounding of some millionths of the largest value, and
 *   with `NaN` where an infinity is in the same part; `undefined` where it has another filter or
 *   where this does not pay.
 */
export function winogradConvolution<T>(
  runner: OpRunner<T>,
  call: OpCall<T>,
  convolved: Convolved,
  { code, joined, then, fewestTiles = FEWEST_TILES }: {
    code: CodeUse;
    joined?: T[] | undefined;
    then?: Scaling<T> | undefined;
    fewestTiles?: number;
  },
): T | undefined {
  const shape = workedShape(convolved);
  const isPossible = PART ** 2 * shape.channels * shape.filters * FLOAT_BYTES < MOST_BYTES;
  // Of sizes that are known only when it runs the number is NaN.
  if (!keepsSize(convolved) || !isPossible || !(tilesOf(shape) >= fewestTiles)) return undefined;
  if (joined && !isDivided(runner, shape, joined)) return undefined;
  const tasks = code.winograd(convolved.work, {
    ...shape,
    joined: joined?.length ?? 1,
    then: then ? then.relu ? "scaled, ReLU" : "scaled" : "nothing",
  });
  const each = then && [then.scales];
  return machineConvolution(runner, call, convolved, {
    tasks,
    type: DataType.FLOAT,
    joined,
    each,
  });
}

/** Whether tensors have equal parts of the channels, and such that there is code for them. */
function isDivided<T>(runner: OpRunner<T>, { channels }: ConvolutionShape, joined: T[]): boolean {
  const part = channels / joined.length;
  return joined.length <= MOST_JOINED && part % CHANNELS === 0 &&
    joined.every((tensor) => runner.shapeOf(tensor).at(-1) === part);
}

function tilesOf({ batch, height, width }: ConvolutionShape): number {
  return batch * Math.ceil(height / TILE) * Math.ceil(width / TILE);
}
