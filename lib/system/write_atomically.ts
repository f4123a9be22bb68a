import { basename, dirname, join } from "node:path";

/**
 * Writes a file so that it is there as a whole or not at all, whatever happens meanwhile: to a
 * temporary name in the same folder, onto the disk, and then renamed.
 *
 * @param path The file; one that is there is replaced.
 * @param data Its new content.
 */
export async function writeAtomically(path: string, data: Uint8Array | string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${Deno.pid}.tmp`);
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  try {
    const file = await Deno.open(temporary, { create: true, write: true, truncate: true });
    try {
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
      await file.syncData();
    } catch (error) {
      // Deno names the file where it cannot be opened, but not where the disk is full.
      (error as Error).message += `: write '${path}'`;
      throw error;
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}
