import { join } from "node:path";
import type { Frame } from "../data/mod.ts";

/** Which prediction belongs to which frame. */
export interface MatchedPredictions {
  /** The predictions of each frame by its id, in the order of the frames; there should be one. */
  byFrame: Map<string, string[]>;
  /** PNGs that belong to no frame. */
  extra: string[];
}

/**
 * Finds the predictions of frames: the files `<frame id>*.png` anywhere below a folder, as the
 * Cityscapes benchmark finds them. The id must end there: `aachen_000000_000019` is not the
 * beginning of `aachen_000000_0000190.png`. Hidden files and folders do not count; links to folders
 * are not followed.
 *
 * @param frames The frames.
 * @param folder Where to look.
 * @throws {Error} if there is no such folder.
 */
export async function matchPredictions(
  frames: readonly Frame[],
  folder: string,
): Promise<MatchedPredictions> {
  const byFrame = new Map<string, string[]>(frames.map(({ id }) => [id, []]));
  // The longest first: of two ids that a name begins with, the longer one is meant.
  const lengths = [...new Set(frames.map(({ id }) => id.length))].sort((a, b) => b - a);
  const extra: string[] = [];
  for (const { name, path } of await pngsBelow(folder)) {
    const length = lengths.find((length) =>
      byFrame.has(name.slice(0, length)) && !/\d/.test(name.charAt(length))
    );
    if (length === undefined) extra.push(path);
    else byFrame.get(name.slice(0, length))!.push(path);
  }
  return { byFrame, extra };
}

async function pngsBelow(folder: string): Promise<{ name: string; path: string }[]> {
  const found: { name: string; path: string }[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name.startsWith(".")) continue;
    const path = join(folder, name);
    if (isDirectory) found.push(...await pngsBelow(path));
    else if (/\.png$/i.test(name)) found.push({ name, path });
  }
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}
