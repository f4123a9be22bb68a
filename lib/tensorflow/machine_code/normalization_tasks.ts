import { normalizationCode, type NormalizationWork } from "./normalization_code.ts";
import {
  imageBytes,
  normalizationConstants,
  type NormalizationShape,
} from "./normalization_frame.ts";
import { shares, Tasks } from "./task.ts";
import type { VectorIsa } from "./vector_assembler.ts";

/** What a batch normalization is computed with. */
export interface NormalizationOptions {
  /** What is added to the variance. */
  epsilon: number;
  /** The share of a batch in the moving averages. */
  share: number;
}

/** Of all channels at once, since there is nothing to do for each pixel. */
const WHOLE: NormalizationWork[] = ["statistics", "weightGradients", "scales"];

/**
 * Makes machine code for a part of a batch normalization, and the tasks that together do the work.
 *
 * @param means.isa The vectors that the code computes with.
 * @throws {Error} if the system does not let a program write code.
 */
export function normalizationTasks(
  work: NormalizationWork,
  shape: NormalizationShape,
  { isa }: { isa: VectorIsa },
  options: NormalizationOptions,
): Tasks {
  const code = normalizationCode(work, shape, isa);
  const parts = WHOLE.includes(work) ? 1 : shape.parts;
  const fields = shares(shape.pixels, parts).map(({ start, length }) => ({
    units: BigInt(start * shape.channels * imageBytes(shape)),
    unitCount: BigInt(length),
  }));
  return new Tasks(code, { constants: normalizationConstants(shape, options) }, fields);
}
