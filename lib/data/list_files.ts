import { join } from "node:path";

/**
 * The files of a folder whose names match, in order of their names.
 *
 * @param folder The folder; if it is none, there are no files.
 * @param pattern What the names match; its first group is taken as the file's key.
 * @returns The paths by key.
 * @throws {Error} if two files have one key.
 */
export async function listFiles(folder: string, pattern: RegExp): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  try {
    for await (const entry of Deno.readDir(folder)) {
      const key = pattern.exec(entry.name)?.[1];
      if (key === undefined) continue;
      const path = join(folder, entry.name), other = found.get(key);
      if (other) throw new Error(`Cannot read ${path} and ${other}: both are ${key}; remove one`);
      found.set(key, path);
    }
  } catch (error) {
    const none = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (!none) throw error;
  }
  return new Map([...found].sort(([a], [b]) => a < b ? -1 : 1));
}
