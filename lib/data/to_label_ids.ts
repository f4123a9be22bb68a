import type { LabelSpace } from "./label_space.ts";

/**
 * The label ids of predicted train ids, as label images hold them.
 *
 * @param trainIds Train ids, each of a class.
 * @param space The classes.
 * @returns As many label ids.
 * @throws {RangeError} if there is a train id that no class has.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CITYSCAPES } from "./label_space.ts";
 * import { toLabelIds } from "./to_label_ids.ts";
 *
 * const road = 0, car = 13;
 * assertEquals(toLabelIds(Uint8Array.of(road, car), CITYSCAPES), Uint8Array.of(7, 26));
 * ```
 */
export function toLabelIds(trainIds: Uint8Array, { classes }: LabelSpace): Uint8Array {
  const table = Uint8Array.from(classes, ({ id }) => id);
  const labelIds = new Uint8Array(trainIds.length);
  // Not by map(): a frame has two million pixels, and a call for each takes time.
  for (let i = 0; i < trainIds.length; i++) {
    const trainId = trainIds[i]!;
    if (trainId >= table.length) {
      throw new RangeError(
        `Cannot tell the label id of class ${trainId}: there are ${table.length}, from 0 up`,
      );
    }
    labelIds[i] = table[trainId]!;
  }
  return labelIds;
}
