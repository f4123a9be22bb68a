// Small archives in the official layouts.

import { encode } from "fast-png";
import { imagePath, labelIdsPath, parseSample } from "../../../lib/data/mod.ts";
import { makeZip, type ZipPart } from "../../_zip_files.ts";

/** The size of the images in {@linkcode smallArchives}. */
export const SIZE = { width: 16, height: 8 };

/** The splits of {@linkcode smallArchives}, and how many frames they have. */
export const FRAMES = { train: 2, val: 1, test: 1 };

/**
 * Archives in the layout of the official ones, with a few small frames.
 *
 * @param prefix A folder that all is in besides.
 */
export function smallArchives(prefix = ""): Record<"gtFine" | "leftImg8bit", Uint8Array> {
  const licence = { name: `${prefix}license.txt`, data: new TextEncoder().encode("licence") };
  const labels: ZipPart[] = [licence], images: ZipPart[] = [licence];
  for (const [split, count] of Object.entries(FRAMES)) {
    for (let index = 0; index < count; index++) {
      const id = parseSample(`${split}town_000000_00000${index}`);
      const labelIds = labelIdsPath(split, id);
      images.push({ name: prefix + imagePath(split, id), data: picture(3, index) });
      labels.push(
        { name: prefix + labelIds, data: picture(1, index) },
        { name: prefix + labelIds.replace("labelIds", "instanceIds"), data: picture(1, index) },
        { name: prefix + labelIds.replace("labelIds", "color"), data: picture(3, index) },
        { name: prefix + labelIds.replace("labelIds.png", "polygons.json"), deflate: true },
      );
    }
  }
  return { gtFine: makeZip(labels), leftImg8bit: makeZip(images) };
}

/** Stripes of colours, or of label ids 7 and 8. */
export function picture(channels: 1 | 3, salt: number, size = SIZE): Uint8Array {
  const data = Uint8Array.from(
    { length: size.width * size.height * channels },
    (_, i) => channels === 1 ? 7 + (i + salt) % 2 : (i * 37 + salt * 11) % 256,
  );
  return encode({ ...size, channels, data });
}
