/**
 * The exponential moving average of a curve, without the start's pull to zero (Kingma and Ba, "Adam",
 * 2015, section 3; TensorBoard's smoothing is the same).
 *
 * @param values The curve; what is not a finite number is a gap, stays one, and does not count.
 * @param weight How much the past weighs, 0 (not smoothed) up to but not including 1.
 * @returns As many values, `null` at the gaps.
 * @throws {RangeError} for another weight.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { smooth } from "./smooth.ts";
 *
 * assertEquals(smooth([3, null, 6], 0.5), [3, null, 5]);
 * ```
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (!(weight >= 0 && weight < 1)) {
    throw new RangeError(`Cannot smooth: expected a weight of 0 to below 1, got ${weight}`);
  }
  let average = 0;
  let share = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    average = weight * average + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return average / share;
  });
}
