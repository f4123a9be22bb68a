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
  if (splits ? !splits.every((split) => hasSplit(note, split)) : note.splits) return false;
  for (const [folder, count] of Object.entries(note.files)) {
    if (await countPngs(join(root, folder)) < count) return false;
  }
  return true;
}

/** The labels of the test split are kept back: an archive may have all splits without them. */
function hasSplit({ splits, files = {} }: Partial<UnpackedNote>, split: string): boolean {
  if (splits) return splits.includes(split);
  const folders = Object.keys(files);
  if (split === "test" && folders.every((folder) => folder.startsWith("gtFine/"))) return true;
  return folders.some((folder) => folder.endsWith(`/${split}`));
}

/** How an archive was unpacked; `undefined` if it was not. */
export async function modeOf(root: string, name: string): Promise<string | undefined> {
  return (await readNote<UnpackedNote>(unpackedNotePath(root, name)))?.mode;
}

/**
 * Notes that an archive, or some more splits of it, was unpacked to its end; `folders` are where its
 * files went.
 */
export async function noteUnpacked(
  root: string,
  name: string,
  { mode, splits, folders }: {
    mode: string;
    splits?: readonly string[];
    folders: readonly string[];
  },
): Promise<void> {
  const before = await readNote<UnpackedNote>(unpackedNotePath(root, name));
  const isMore = before?.mode === mode;
  const files: Record<string, number> = isMore ? { ...before.files } : {};
  for (const folder of folders) files[folder] = await countPngs(join(root, folder));
  const some = isMore && splits ? before.splits : [];
  const all = splits && some ? [...new Set([...some, ...splits])] : undefined;
  const note: UnpackedNote = { mode, ...(all && { splits: all }), files };
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
