import type { LabelImage } from "./decode_labels.ts";
import type { LabelSpace } from "./label_space.ts";

/**
 * The train ids of the pixels of a label image.
 *
 * @param labels Label ids.
 * @param space What they mean.
 * @param path The label image's path, for the error.
 * @returns Train ids `[H, W]`, {@linkcode VOID} where a pixel is not evaluated.
 * @throws {Error} if an id is not in the label space.
 */
export function trainIdsOf(labels: LabelImage, space: LabelSpace, path: string): Uint8Array {
  const trainIds = new Uint8Array(labels.ids.length);
  const table = tableOf(space);
  for (let i = 0; i < trainIds.length; i++) {
    const trainId = table[labels.ids[i]!];
    if (trainId === undefined || trainId < 0) {
      const at = `x ${i % labels.width}, y ${Math.floor(i / labels.width)}`;
      throw new Error(`Cannot use the labels ${path}: unknown label id ${labels.ids[i]} at ${at}`);
    }
    trainIds[i] = trainId;
  }
  return trainIds;
}

/** The train id by label id, -1 where an id is unknown. */
function tableOf(space: LabelSpace): Int16Array {
  const table = new Int16Array(256).fill(-1);
  for (const [id, trainId] of space.trainIds) table[id] = trainId;
  return table;
}
