import { Uint8ArrayReader, ZipWriter } from "@zip.js/zip.js";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { WorkOptions } from "../system/mod.ts";

/**
 * Packs the PNGs of a folder into one zip, as benchmark servers take predictions.
 *
 * @param folder The folder, whose own folders come along.
 * @param path The zip; one that is there is replaced when the new one is complete.
 * @returns How many files are in it.
 * @throws {Error} if there is no PNG.
 */
export async function zipFolder(
  folder: string,
  path: string,
  { onProgress, signal }: WorkOptions = {},
): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith(".png")).sort();
  if (files.length === 0) throw new Error(`Cannot pack ${folder}: there is no PNG in it`);
  const part = `${path}.part`;
  const { writable } = await Deno.open(part, { create: true, truncate: true, write: true });
  try {
    const zip = new ZipWriter(writable);
    for (const [index, name] of files.entries()) {
      signal?.throwIfAborted();
      const content = new Uint8ArrayReader(await Deno.readFile(join(folder, name)));
      // PNGs are compressed already.
      await zip.add(name, content, { level: 0 });
      onProgress?.({ task: "Packing", done: index + 1, total: files.length, unit: "files" });
    }
    await zip.close(); // And the file with it.
  } catch (error) {
    await writable.abort(error).catch(() => {});
    await Deno.remove(part);
    throw error;
  }
  await Deno.rename(part, path);
  return files.length;
}
