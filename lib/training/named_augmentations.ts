import { requireOneOf } from "../system/mod.ts";
import type { Augmentation } from "./augmentation.ts";
import { inTurn } from "./in_turn.ts";
import { mirror } from "./mirror.ts";
import { recolor } from "./recolor.ts";
import { zoom } from "./zoom.ts";

/** The augmentations that a run's config can name. */
export const AUGMENTATIONS = ["mirror", "zoom", "recolor"] as const;

/** The name of an augmentation. */
export type AugmentationName = typeof AUGMENTATIONS[number];

const BY_NAME: Record<AugmentationName, () => Augmentation> = { mirror, zoom, recolor };

/**
 * The augmentations with some names, with their default options and in this order.
 *
 * @param names Without any, frames stay as they are.
 * @throws {RangeError} for a name that there is not.
 */
export function namedAugmentations(names: readonly AugmentationName[]): Augmentation {
  for (const given of names) {
    requireOneOf("augment", "an augmentation", { allowed: AUGMENTATIONS, given });
  }
  return inTurn(...names.map((name) => BY_NAME[name]()));
}
