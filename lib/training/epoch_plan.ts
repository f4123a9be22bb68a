import { Random } from "../system/mod.ts";

/** What an epoch's batches are drawn from. */
export interface EpochOptions {
  /** How many frames there are. */
  frames: number;
  /** How many of them a batch has. */
  batch: number;
  seed: number;
  /** The epoch, from 1. Order and random numbers follow from seed and epoch alone. */
  epoch: number;
  /**
   * How many random numbers each frame is given.
   *
   * @default {0}
   */
  draws?: number;
}

/** Which frames a batch is made of, and the random numbers for their augmentation. */
export interface BatchPlan {
  /** The frames' indices. */
  indices: number[];
  /** For each frame as many as were asked for, 0 <= x < 1, also as float32. */
  draws: number[][];
}

/** The last float32 below 1 is a whole number of these, and so is every draw. */
const DRAW_STEPS = 2 ** 24;

/**
 * The batches of an epoch: the frames in random order; those at the end that fill no batch sit this
 * epoch out. The order does not depend on the number of draws.
 */
export function epochPlan(
  { frames, batch, seed, epoch, draws = 0 }: EpochOptions,
): BatchPlan[] {
  const random = new Random(seed, epoch);
  const order = random.permutation(frames);
  const draw = () => random.integer(DRAW_STEPS) / DRAW_STEPS;
  return Array.from({ length: Math.floor(frames / batch) }, (_, i) => {
    const indices = order.slice(i * batch, (i + 1) * batch);
    return { indices, draws: indices.map(() => Array.from({ length: draws }, draw)) };
  });
}
