/** How the learning rate can change over a training. */
export const SCHEDULES = ["constant", "cosine", "poly"] as const;

/** The name of a schedule. */
export type ScheduleName = typeof SCHEDULES[number];

/** Options of {@linkcode learningRate}. */
export interface LearningRateOptions {
  /**
   * - `constant`: the peak throughout;
   * - `cosine`: half a cosine from the peak to 0 (Loshchilov and Hutter 2017,
   *   https://arxiv.org/abs/1608.03983);
   * - `poly`: (1 - progress) ** 0.9 of the peak (Chen et al. 2017, https://arxiv.org/abs/1606.00915).
   *
   * @default {"cosine"}
   */
  schedule?: ScheduleName;
  /**
   * The share of the training over which it first rises linearly from 0 to the peak, 0 or more and
   * below 1.
   *
   * @default {0}
   */
  warmUp?: number;
}

const POLY_POWER = 0.9;

/**
 * The learning rate at some point of a training.
 *
 * @param peak The highest learning rate.
 * @param progress How much of the training is done, 0..1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { learningRate } from "./learning_rate.ts";
 *
 * assertEquals(learningRate(0.1, 0), 0.1);
 * assertEquals(learningRate(0.1, 1), 0);
 * ```
 */
export function learningRate(
  peak: number,
  progress: number,
  options: LearningRateOptions = {},
): number {
  const { schedule = "cosine", warmUp = 0 } = options;
  if (progress < warmUp) return peak * progress / warmUp;
  const rest = Math.min(1, (progress - warmUp) / (1 - warmUp));
  if (schedule === "cosine") return peak * (1 + Math.cos(Math.PI * rest)) / 2;
  if (schedule === "poly") return peak * (1 - rest) ** POLY_POWER;
  return peak;
}
