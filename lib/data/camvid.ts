import { join } from "node:path";
import type { Dataset, Frame } from "./dataset.ts";
import type { LabelClass, LabelSpace } from "./label_space.ts";
import { VOID } from "./labels.ts";
import { listFiles } from "./list_files.ts";
import { pairFrames } from "./pair_frames.ts";

const IMAGE = /^(.+)\.(?:png|jpe?g)$/i;
const LABELS = /^(.+)\.png$/i;
const UNLABELLED = 11;

// Source: the SegNet tutorial's distribution of CamVid and its colours.
// deno-fmt-ignore
const CLASSES: LabelClass[] = [
  { name: "sky",         id: 0,  color: [128, 128, 128] },
  { name: "building",    id: 1,  color: [128, 0, 0] },
  { name: "pole",        id: 2,  color: [192, 192, 128] },
  { name: "road",        id: 3,  color: [128, 64, 128] },
  { name: "pavement",    id: 4,  color: [60, 40, 222] },
  { name: "tree",        id: 5,  color: [128, 128, 0] },
  { name: "sign symbol", id: 6,  color: [192, 128, 128] },
  { name: "fence",       id: 7,  color: [64, 64, 128] },
  { name: "car",         id: 8,  color: [64, 0, 128] },
  { name: "pedestrian",  id: 9,  color: [64, 64, 0] },
  { name: "bicyclist",   id: 10, color: [0, 128, 192] },
];

/** The 11 classes of CamVid in the SegNet split, whose ids are train ids; 11 is unlabelled. */
export const CAMVID: LabelSpace = {
  classes: CLASSES,
  trainIds: new Map([...CLASSES.map(({ id }) => [id, id] as const), [UNLABELLED, VOID]]),
};

/**
 * CamVid as the SegNet tutorial distributes it: images in `train`, `val`, `test`, and their labels
 * under the same names in `trainannot`, `valannot`, `testannot`.
 *
 * @param root The folder with those folders.
 */
export function camvid(root: string): Dataset {
  return {
    name: "camvid",
    root,
    space: CAMVID,
    images: (split) => join(root, split),
    async frames(split: string): Promise<Frame[]> {
      const images = await listFiles(join(root, split), IMAGE);
      const labels = await listFiles(join(root, `${split}annot`), LABELS);
      return pairFrames(images, labels, {
        what: `CamVid's split ${split}`,
        expected: `images in ${join(root, split)} and labels in ${join(root, `${split}annot`)}`,
        wayOut: "deno task download --data camvid obtains CamVid",
      });
    },
  };
}
