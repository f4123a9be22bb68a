import type { Entry } from "@zip.js/zip.js";

/** A file in a zip, as far as its safety goes. */
export type ZipEntry = Pick<
  Entry,
  "filename" | "externalFileAttributes" | "unixMode" | "encrypted"
>;

const TYPE_BITS = 0o170000, FILE = 0o100000, FOLDER = 0o040000, LINK = 0o120000;

/**
 * Why an entry of a zip must not be unpacked, if there is a reason: only files and folders with plain
 * names below the target are taken.
 */
export function faultOfEntry(entry: ZipEntry): string | undefined {
  if (entry.encrypted) return "is encrypted";
  return faultOfName(entry.filename) ??
    faultOfMode(entry.externalFileAttributes >>> 16) ?? faultOfMode(entry.unixMode ?? 0);
}

function faultOfName(name: string): string | undefined {
  if (name.includes("\0")) return "has a zero byte in its name";
  if (name.includes("\\")) return "has a backslash in its name";
  if (name.startsWith("/") || /^[A-Za-z]:/.test(name)) return "has an absolute path";
  const parts = name.replace(/\/$/, "").split("/");
  if (parts.includes("..")) return "leads out of the folder";
  if (parts.some((part) => part === "" || part === ".")) return "has no plain path";
}

function faultOfMode(mode: number): string | undefined {
  const type = mode & TYPE_BITS;
  if (type === LINK) return "is a symbolic link";
  if (type !== 0 && type !== FILE && type !== FOLDER) return "is no ordinary file";
}

/**
 * Why files must not be unpacked together, if there is a reason: two of the same name, or of one but
 * for case, which some disks take for the same; or one that would be another's folder.
 *
 * @param names Where they go, relative to the folder.
 * @returns The name that is in the way of an earlier one, and why.
 */
export function clashOf(names: readonly string[]): { name: string; fault: string } | undefined {
  const keys = new Map(names.map((name) => [keyOf(name), name]));
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(keyOf(name))) return { name, fault: "is there twice" };
    seen.add(keyOf(name));
    const parts = keyOf(name).split("/");
    for (let length = 1; length < parts.length; length++) {
      const folder = keys.get(parts.slice(0, length).join("/"));
      if (folder) return { name: folder, fault: `is a file and the folder of ${name}` };
    }
  }
}

function keyOf(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
