import { DataType } from "./data_type.ts";
import { type CodeUse, type ConvolutionShape, MOST_BYTES, PART, TILE } from "./machine_code/mod.ts";
import { convolutionShape, machineConvolution } from "./machine_convolution.ts";
import type { NamedOpCall } from "./op_repairs.ts";
import type { OpRunner } from "./op_runner.ts";

/** With fewer tiles bringing the filter to the points costs more than is saved. */
const FEWEST_TILES = 8;

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
  const shape = convolutionShape(runner, call);
  if (!shape || runner.dtypeOf(call.inputs.at(-1)!) !== DataType.FLOAT) return undefined;
  const isPossible = PART ** 2 * shape.channels * shape.filters * FLOAT_BYTES < MOST_BYTES;
  // Of sizes that are known only when it runs the number is NaN.
  if (!isPossible || !(tilesOf(shape) >= fewestTiles)) return undefined;
  return machineConvolution(runner, call, {
    shape,
    tasks: (work, shape) => code.winograd(work, shape),
  });
}

function tilesOf({ batch, height, width }: ConvolutionShape): number {
  return batch * Math.ceil(height / TILE) * Math.ceil(width / TILE);
}
