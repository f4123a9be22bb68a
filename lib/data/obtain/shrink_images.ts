import { join } from "node:path";
import {
  checkRoom,
  exists,
  inParallel,
  makeParents,
  WorkerPool,
  type WorkOptions,
  writeAtomically,
  type ZipArchive,
} from "../../system/mod.ts";
import { decodeImage } from "../decode_image.ts";
import { formatWay, type ImageNote, readImageNote, writeImageNote } from "../image_note.ts";
import type { OfficialFile } from "./archived_splits.ts";
import type { ImageToShrink } from "./shrink_image.ts";
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
  const missing = files.filter(({ path }) => !exists(join(root, path)));
  if (missing.length === 0) return;
  const note = await readImageNote(root);
  const bytes = missing.length * size.width * size.height * 3;
  await checkRoom(`prepare the images of ${archive.path}`, { bytes, folder: root });
  const original = note?.original ?? await sizeOfImage(archive, missing[0]!, signal);
  // First, so that small images are never taken for the published ones.
  if (!note) {
    await Deno.mkdir(join(root, "leftImg8bit"), { recursive: true });
    await writeImageNote(root, { size, images, original });
  }
  // One after the other: two at once would both make the same folder.
  for (const { path } of missing) await makeParents(root, path);
  let done = files.length - missing.length;
  using shrinkers = new WorkerPool<ImageToShrink, Uint8Array>(
    () => new Worker(new URL("./shrink_worker.ts", import.meta.url), { type: "module" }),
  );
  // One more than there are threads is read meanwhile.
  const limit = shrinkers.limit + 1;
  await inParallel(missing, async ({ name, path }) => {
    const content = await archive.read(name, { signal });
    const wanted = { original, size, images };
    const png = await shrinkers.ask({ archive: archive.path, name, content, ...wanted });
    await writeAtomically(join(root, path), png);
    onProgress?.({ task: "Preparing images", done: ++done, total: files.length, unit: "images" });
  }, { signal, limit });
}

async function sizeOfImage(
  archive: ZipArchive,
  { name }: OfficialFile,
  signal: AbortSignal | undefined,
): Promise<ImageNote["original"]> {
  const content = await archive.read(name, { signal });
  const { width, height } = await decodeImage(`${archive.path}: ${name}`, content);
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
