import { basename, join } from "node:path";
import {
  ArchiveError,
  download,
  type DownloadOptions,
  exists,
  isDownloaded,
  noteOf,
  type Patience,
  removeIfThere,
  type WorkOptions,
  ZipArchive,
} from "../../system/mod.ts";

/** Options of all that obtains a dataset. */
export interface ObtainOptions extends WorkOptions, Patience {
  /** Whether downloaded archives stay when they are unpacked. @default {false} */
  keepArchives?: boolean | undefined;
  /** Hears what is worth telling a person. */
  onNotice?: ((text: string) => void) | undefined;
}

/** Where an archive comes from. */
export interface ArchiveSource {
  /** A zip on this machine, or the http or https address of one. */
  from: string;
  /** What a request for it must carry and how it is checked; called only if it is requested. */
  access?: () => Promise<Pick<DownloadOptions, "secretHeaders" | "md5">>;
  /** How many bytes are needed besides the archive, by its size. */
  extraBytes?: (total: number) => number;
}

/**
 * Works with an archive: in its place where it is a file, else downloaded to
 * `<root>/archives/<name>.zip`, which is removed afterwards.
 *
 * @param place The dataset's folder and what the archive is called.
 * @param source Where it comes from.
 * @param work What is done with it.
 */
export async function withArchive(
  { root, name }: { root: string; name: string },
  source: ArchiveSource,
  work: (archive: ZipArchive) => Promise<void>,
  options: ObtainOptions,
): Promise<void> {
  if (!isAddress(source.from)) {
    if (!exists(source.from)) {
      throw new Error(
        `Cannot unpack ${source.from}: expected an address or a zip, got no such file`,
      );
    }
    await using archive = await ZipArchive.open(source.from);
    return await work(archive);
  }
  if (!URL.canParse(source.from)) {
    // It is not shown: there may be a password in it.
    throw new Error(`Cannot download ${name}: expected an http or https address or a file`);
  }
  const path = join(archivesFolder(root), `${name}.zip`);
  const { keepArchives = false, ...rest } = options;
  if (!await isDownloaded(path, source.from)) {
    const { access, extraBytes } = source;
    await download(source.from, path, {
      ...{ ...rest, ...await access?.(), kind: "zip" },
      ...(extraBytes && { extraBytes }),
    });
  }
  try {
    await using archive = await ZipArchive.open(path);
    await work(archive);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    const wayOut = `remove ${path} and run the same command again`;
    throw new ArchiveError(`${error.message} (${wayOut})`, { cause: error });
  }
  // Without a note it was put there by hand and is not ours.
  if (keepArchives || !exists(noteOf(path))) return;
  await removeIfThere(path);
  await removeIfThere(noteOf(path));
  options.onNotice?.(`Removed ${basename(path)}: what was asked for is unpacked`);
}

/** The folder of what is downloaded, and of the notes on what was unpacked. */
export function archivesFolder(root: string): string {
  return join(root, "archives");
}

function isAddress(text: string): boolean {
  return text.includes("://");
}
