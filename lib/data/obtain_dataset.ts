import type { WorkOptions } from "../system/mod.ts";
import type { Dataset } from "./dataset.ts";
import { openDataset } from "./open_dataset.ts";
import { drawingOf, writeSyntheticDataset } from "./synthetic/mod.ts";

/**
 * Sees to it that a dataset is on disk, and opens it. The synthetic one is drawn, or drawn to its end,
 * if it is not there yet; of the others the user's folder is checked.
 *
 * @param name Which one it is.
 * @param root Its folder.
 * @throws {Error} if the folder lacks the training frames; the message says what was expected where.
 */
export async function obtainDataset(
  name: Dataset["name"],
  root: string,
  options: WorkOptions = {},
): Promise<Dataset> {
  if (name === "synthetic") {
    await writeSyntheticDataset(root, { ...await drawingOf(root), ...options });
  }
  const dataset = openDataset(name, root);
  await dataset.frames("train");
  return dataset;
}
