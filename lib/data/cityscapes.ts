import { join } from "node:path";
import type { Dataset, Frame } from "./dataset.ts";
import { CITYSCAPES } from "./label_space.ts";
import { listFiles } from "./list_files.ts";
import { pairFrames } from "./pair_frames.ts";

const FOLDER = /^([^.].*)$/;
const IMAGE = /^(.+)_leftImg8bit\.png$/;
const LABEL_IDS = /^(.+)_gtFine_labelIds\.png$/;
const INSTANCE_IDS = /^(.+)_gtFine_instanceIds\.png$/;

/**
 * A folder in the layout of the official Cityscapes archives: `leftImg8bit/<split>/<city>/*.png` and
 * `gtFine/<split>/<city>/*_gtFine_labelIds.png`, with `*_gtFine_instanceIds.png` beside them where
 * objects are told apart. The split `test` has no labels.
 *
 * @param root The folder with `leftImg8bit` and `gtFine`.
 * @param name Which dataset is in that layout.
 */
export function cityscapes(root: string, name: Dataset["name"] = "cityscapes"): Dataset {
  return {
    name,
    root,
    space: CITYSCAPES,
    images: (split) => join(root, "leftImg8bit", split),
    async frames(split: string): Promise<Frame[]> {
      const images = await listCities(join(root, "leftImg8bit", split), IMAGE);
      if (split === "test" && images.size > 0) {
        return [...images].map(([id, image]) => ({ id, image }));
      }
      const labels = await listCities(join(root, "gtFine", split), LABEL_IDS);
      const instances = await listCities(join(root, "gtFine", split), INSTANCE_IDS);
      const frames = pairFrames(images, labels, {
        what: `the split ${split} of ${name}`,
        expected: `${join(root, "leftImg8bit", split)}/<city>/*_leftImg8bit.png and ` +
          `${join(root, "gtFine", split)}/<city>/*_gtFine_labelIds.png`,
        wayOut: name === "cityscapes"
          ? "deno task download --data cityscapes obtains Cityscapes, and --root names another folder"
          : `deno task prepare --root ${root} draws street scenes there`,
      });
      return frames.map((frame) => {
        const path = instances.get(frame.id);
        return path === undefined ? frame : { ...frame, instances: path };
      });
    },
  };
}

async function listCities(folder: string, pattern: RegExp): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const city of (await listFiles(folder, FOLDER)).values()) {
    for (const [key, path] of await listFiles(city, pattern)) files.set(key, path);
  }
  return files;
}
