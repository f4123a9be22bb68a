import { statfs } from "node:fs/promises";

/**
 * The room that is left on the disk of a folder, for a user without special rights.
 *
 * @param folder The folder; it must exist.
 * @returns Bytes.
 */
export async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * Sees to it that there is room for something.
 *
 * @param action What needs it, such as `"unpack a.zip"`.
 * @param need How many bytes it needs, and the folder that they go to.
 * @throws {Error} if there is less; it says how much there is.
 */
export async function checkRoom(
  action: string,
  { bytes, folder }: { bytes: number; folder: string },
): Promise<void> {
  const free = await freeSpace(folder);
  if (bytes <= free) return;
  throw new Error(
    `Cannot ${action}: expected ${formatBytes(bytes)} of free space for ${folder}, ` +
      `got ${formatBytes(free)}; make room or choose another folder`,
  );
}

/**
 * Bytes as people write them, such as `"11.0 GB"`, in powers of ten.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatBytes } from "./free_space.ts";
 *
 * assertEquals([850, 241_000_000, 11e9].map(formatBytes), ["850 B", "241 MB", "11.0 GB"]);
 * ```
 */
export function formatBytes(bytes: number): string {
  if (bytes < 1e3) return `${bytes} B`;
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
