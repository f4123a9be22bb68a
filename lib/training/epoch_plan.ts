import { Random } from "../system/mod.ts";
import type { BatchPlan } from "./batch.ts";

/** What an epoch's batches are drawn from. */
export interface EpochOptions {
  /** How many frames there are. */
  frames: number;
  /** How many of them a batch has. */
  batch: number;
  seed: number;
  /** The epoch, from 1. Order and mirroring follow from seed and epoch alone. */
  epoch: number;
  /** Whether half of the frames are mirrored left to right. */
  flip: boolean;
}

/**
 * The batches of an epoch: the frames in random order; those at the end that fill no batch sit this
 * epoch out.
 */
export function epochPlan({ frames, batch, seed, epoch, flip }: EpochOptions): BatchPlan[] {
  const random = new Random(seed, epoch);
  const order = random.permutation(frames);
  return Array.from({ length: Math.floor(frames / batch) }, (_, i) => {
    const indices = order.slice(i * batch, (i + 1) * batch);
    return { indices, flips: indices.map(() => flip && random.uniform() < 0.5) };
  });
}
