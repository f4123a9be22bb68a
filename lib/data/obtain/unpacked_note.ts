import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readNote, writeNote } from "../../system/mod.ts";
import { archivesFolder } from "./archive_source.ts";

/** What was unpacked of an archive. */
export interface UnpackedNote {
  /** How much of it: an archive can be unpacked in more than one way. */
  mode: string;
  /** Which of its splits; all that it has, where there is no list. */
  splits?: string[];
  /** How many files there are, by folder relative to the dataset's. */
  files: Record<string, number>;
}

/** What is to be unpacked. */
export interface UnpackedWish {
  /** The modes that will do. */
  modes: readonly string[];
  splits: readonly string[] | undefined;
}

/**
 * Whether an archive was unpacked to its end, and what was unpacked is still there.
 *
 * @param root The dataset's folder.
 * @param name What the archive is called.
 */
export async function isUnpacked(
  root: string,
  name: string,
  { modes, splits }: UnpackedWish,
): Promise<boolean> {
  const note = await readNote<UnpackedNote>(unpackedNotePath(root, name));
  if (!note?.files || !modes.includes(note.mode ?? "")) return false;
  if (note.splits && !splits?.every((split) => note.splits!.includes(split))) return false;
  for (const [folder, count] of Object.entries(note.files)) {
    if (await countPngs(join(root, folder)) < count) return false;
  }
  return true;
}

/** Notes that an archive was unpacked to its end; `folders` are where its files went. */
export async function noteUnpacked(
  root: string,
  name: string,
  { mode, splits, folders }: {
    mode: string;
    splits?: readonly string[];
    folders: readonly string[];
  },
): Promise<void> {
  const files: Record<string, number> = {};
  for (const folder of folders) files[folder] = await countPngs(join(root, folder));
  const note: UnpackedNote = { mode, ...(splits && { splits: [...splits] }), files };
  await writeNote(unpackedNotePath(root, name), note);
}

/** Where the note is. */
export function unpackedNotePath(root: string, name: string): string {
  return join(archivesFolder(root), `${name}.json`);
}

/** How many PNGs there are in a folder and in the folders in it. */
export async function countPngs(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith(".png")).length;
}
