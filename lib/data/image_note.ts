import { join } from "node:path";
import { readNote, writeNote } from "../system/mod.ts";
import type { ImageSize } from "./packed_frames.ts";
import type { Resampling } from "./resize_image.ts";

/** What was done to the images of a dataset while they were unpacked. */
export interface ImageNote {
  /** The size that they have now. */
  size: ImageSize;
  /** How they were made smaller. */
  images: Resampling;
  /** The size that they had, and that their labels have. */
  original: ImageSize;
}

/**
 * Reads what was done to the images of a dataset in Cityscapes' layout.
 *
 * @param root The dataset's folder.
 * @returns `undefined` if they are as they were published.
 */
export async function readImageNote(root: string): Promise<ImageNote | undefined> {
  const note = await readNote<ImageNote>(imageNotePath(root));
  return note?.size && note.images && note.original ? note as ImageNote : undefined;
}

/**
 * Checks that the images of a dataset can be brought to a size: what was made smaller once cannot be
 * had at another one.
 *
 * @param root The dataset's folder.
 * @param wanted The size, and how images are brought to it.
 * @returns What was done to them; `undefined` if they are as they were published.
 * @throws {Error} naming both sizes and the way out.
 */
export async function checkImages(
  root: string,
  { size, images = "nearest" }: { size: ImageSize; images?: Resampling },
): Promise<ImageNote | undefined> {
  const note = await readImageNote(root);
  if (!note || formatWay(note) === formatWay({ size, images })) return note;
  throw new Error(
    `Cannot use the images in ${root} at ${
      formatWay({ size, images })
    }: they were made smaller to ` +
      `${formatWay(note)} while they were unpacked; use --size ${formatSize(note.size)} --images ` +
      `${note.images}, or download them again without --prepare-on-the-fly`,
  );
}

/** Writes what {@linkcode readImageNote} reads. */
export async function writeImageNote(root: string, note: ImageNote): Promise<void> {
  await writeNote(imageNotePath(root), note);
}

/** Where the note is. */
export function imageNotePath(root: string): string {
  return join(root, "leftImg8bit", "prepared.json");
}

/** A size as it is written in options, such as `256x128`. */
export function formatSize({ width, height }: ImageSize): string {
  return `${width}x${height}`;
}

/** A size and a way to get there, such as `256x128 by area`. */
export function formatWay({ size, images }: Pick<ImageNote, "size" | "images">): string {
  return `${formatSize(size)} by ${images}`;
}
