import type { Tensor2D } from "@tensorflow/tfjs-node-gpu";
import { augment, type Augmentation } from "./augmentation.ts";

/**
 * Augmentations one after the other, each with random numbers of its own.
 *
 * @param augmentations Any number of them; none changes nothing.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inTurn, mirror, recolor, zoom } from "../mod.ts";
 *
 * const all = inTurn(mirror(), zoom({ most: 1.5 }), recolor());
 * assertEquals(all.draws, 1 + 3 + 3);
 * ```
 */
export function inTurn(...augmentations: Augmentation[]): Augmentation {
  return {
    draws: augmentations.reduce((sum, { draws }) => sum + draws, 0),
    apply(tf, batch, draws_BD) {
      let changed = batch, at = 0;
      for (const augmentation of augmentations) {
        const own_BD: Tensor2D = draws_BD.slice([0, at], [-1, augmentation.draws]);
        changed = augment(tf, augmentation, { batch: changed, draws_BD: own_BD });
        at += augmentation.draws;
      }
      return changed;
    },
  };
}
