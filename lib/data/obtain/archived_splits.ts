import { type ArchivedFile, ArchiveError, type ZipArchive } from "../../system/mod.ts";

/** A file of one of the official archives. */
export interface OfficialFile extends ArchivedFile {
  /** Its path in the official layout, such as `leftImg8bit/val/<city>/<name>.png`. */
  path: string;
  /** The split that it is of; none of a licence or the like. */
  split?: string;
}

/** The two archives that are obtained, and what must be in them. */
export const ARCHIVES = {
  gtFine: /^gtFine\/(train|val|test)\/[^/]+\/[^/]+_gtFine_labelIds\.png$/,
  leftImg8bit: /^leftImg8bit\/(train|val|test)\/[^/]+\/[^/]+_leftImg8bit\.png$/,
} as const;

/** What else is in them. */
const BESIDES = /^(?:readme|license)(?:\.\w+)?$/i;

/** The name of an official archive. */
export type ArchiveName = keyof typeof ARCHIVES;

/**
 * The files of an official archive, or of one that someone made of its folder: in that, all may be in
 * a further folder.
 *
 * @param archive The archive.
 * @param name Which one it should be.
 * @param splits The splits to take; all that there are, where it is `undefined`.
 * @throws {Error} if it is another archive, or lacks one of the splits.
 */
export function officialFiles(
  archive: ZipArchive,
  name: ArchiveName,
  splits: readonly string[] | undefined,
): OfficialFile[] {
  const prefix = prefixOf(archive, name);
  const all = archive.files.filter(({ name }) => name.startsWith(prefix));
  const files = all.map((file): OfficialFile => {
    const path = file.name.slice(prefix.length);
    const [top, split, ...rest] = path.split("/");
    return top === name && rest.length > 0 ? { ...file, path, split: split! } : { ...file, path };
  });
  const there = new Set(
    files.filter(({ path }) => ARCHIVES[name].test(path)).map(({ split }) => split!),
  );
  // The labels of the test split are kept back; their place need not be there.
  const needed = splits?.filter((split) => name !== "gtFine" || split !== "test");
  const missing = needed?.find((split) => !there.has(split));
  if (missing !== undefined) {
    throw new Error(
      `Cannot use ${archive.path}: expected the split ${missing} of ${name}, ` +
        `found ${[...there].join(", ")}`,
    );
  }
  return files.filter((file) =>
    file.split === undefined
      ? BESIDES.test(file.path) || file.path.startsWith(`${name}/`)
      : splits === undefined || splits.includes(file.split)
  );
}

/** What comes before the official path, up to the first file that counts. */
function prefixOf({ path, files }: ZipArchive, name: ArchiveName): string {
  for (const file of files) {
    const at = `/${file.name}`.indexOf(`/${name}/`);
    if (at >= 0 && ARCHIVES[name].test(file.name.slice(at))) return file.name.slice(0, at);
  }
  const found = files[0]
    ? `${files.length} files such as ${JSON.stringify(files[0].name)}`
    : "no file";
  throw new ArchiveError(
    `Cannot use ${path}: expected ${name}/<split>/<city>/*_${
      name === "gtFine" ? "gtFine_labelIds" : name
    }.png in it, found ${found}`,
  );
}
