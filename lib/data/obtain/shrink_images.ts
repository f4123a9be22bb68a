import { join } from "node:path";
import {
  checkRoom,
  exists,
  inParallel,
  makeParents,
  type WorkOptions,
  writeAtomically,
  type ZipArchive,
} from "../../system/mod.ts";
import { decodeImage, type RgbImage } from "../decode_image.ts";
import { encodePng } from "../encode_png.ts";
import {
  formatSize,
  formatWay,
  type ImageNote,
  readImageNote,
  writeImageNote,
} from "../image_note.ts";
import { resizeImage } from "../resize_image.ts";
import type { OfficialFile } from "./archived_splits.ts";
import { countPngs } from "./unpacked_note.ts";

/** How images are made smaller. */
export type Shrinking = Pick<ImageNote, "size" | "images">;

/**
 * Writes images of an archive at a small size into a dataset's folder, so that the archive is never
 * unpacked; those that are there already are kept. A note beside them says what was done.
 *
 * @param archive The archive.
 * @param files Its images.
 * @param options The dataset's folder, and how they are made smaller.
 * @throws {Error} if an image cannot be read or has another size than the first one.
 */
export async function shrinkImages(
  archive: ZipArchive,
  files: readonly OfficialFile[],
  { root, size, images, onProgress, signal }: Shrinking & WorkOptions & { root: string },
): Promise<void> {
  const read = async ({ name }: OfficialFile) =>
    await decodeImage(`${archive.path}: ${name}`, await archive.read(name, { signal }));
  const missing = files.filter(({ path }) => !exists(join(root, path)));
  if (missing.length === 0) return;
  const note = await readImageNote(root);
  const bytes = missing.length * size.width * size.height * 3;
  await checkRoom(`prepare the images of ${archive.path}`, { bytes, folder: root });
  const original = note?.original ?? sizeOf(await read(missing[0]!));
  // First, so that small images are never taken for the published ones.
  if (!note) {
    await Deno.mkdir(join(root, "leftImg8bit"), { recursive: true });
    await writeImageNote(root, { size, images, original });
  }
  // One after the other: two at once would both make the same folder.
  for (const { path } of missing) await makeParents(root, path);
  let done = files.length - missing.length;
  await inParallel(missing, async (file) => {
    const image = await read(file);
    if (formatSize(image) !== formatSize(original)) {
      throw new Error(
        `Cannot prepare ${file.name} of ${archive.path}: expected ${formatSize(original)} as ` +
          `of the others, got ${formatSize(image)}`,
      );
    }
    const png = await encodePng(resizeImage(image, size, images), { ...size, channels: 3 });
    await writeAtomically(join(root, file.path), png);
    onProgress?.({ task: "Preparing images", done: ++done, total: files.length, unit: "images" });
  }, { signal });
}

function sizeOf({ width, height }: RgbImage): ImageNote["original"] {
  return { width, height };
}

/**
 * Refuses to bring images to a size where there are some of another size.
 *
 * @param root The dataset's folder.
 * @param wanted The size, and how.
 */
export async function checkShrinking(root: string, wanted: Shrinking): Promise<void> {
  const folder = join(root, "leftImg8bit");
  const note = await readImageNote(root);
  if (!note && await countPngs(folder) === 0) return;
  const got = note ? formatWay(note) : "full size", asked = formatWay(wanted);
  if (got === asked) return;
  throw new Error(
    `Cannot prepare images on the fly at ${asked}: ${folder} has them at ${got}; ` +
      "choose another folder for the dataset, or remove that one",
  );
}
