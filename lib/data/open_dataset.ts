import { camvid } from "./camvid.ts";
import { cityscapes } from "./cityscapes.ts";
import type { Dataset } from "./dataset.ts";

/** The names of the datasets. */
export const DATASETS = ["synthetic", "camvid", "cityscapes"] as const;

/**
 * Opens a dataset that is on disk.
 *
 * @param name Which one it is.
 * @param root Its folder.
 */
export function openDataset(name: Dataset["name"], root: string): Dataset {
  return name === "camvid" ? camvid(root) : cityscapes(root, name);
}
