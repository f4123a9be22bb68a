import { join } from "node:path";
import { exists, removeIfThere, withFileLock, type ZipArchive } from "../../system/mod.ts";
import { cityscapes } from "../cityscapes.ts";
import { formatWay, imageNotePath } from "../image_note.ts";
import { prepare } from "../prepare.ts";
import { archivesFolder, type ObtainOptions, withArchive } from "./archive_source.ts";
import { type ArchiveName, ARCHIVES, type OfficialFile, officialFiles } from "./archived_splits.ts";
import { type Account, sharedAccount, sourceOf, type SourceOptions } from "./official_source.ts";
import { checkShrinking, shrinkImages } from "./shrink_images.ts";
import { isUnpacked, modeOf, noteUnpacked, unpackedNotePath } from "./unpacked_note.ts";

/** Options of {@linkcode downloadCityscapes}. */
export interface DownloadCityscapesOptions extends ObtainOptions, SourceOptions {
  /** The splits to take; by default all that there are. */
  splits?: readonly string[] | undefined;
}

/** What of `gtFine` is needed for training and scores. */
const NEEDED_LABELS = /_(labelIds|instanceIds)\.png$/;
/** The splits that are trained on and validated with. */
const PREPARED_SPLITS = ["train", "val"];

/**
 * Obtains Cityscapes: the archives `gtFine` and `leftImg8bit` from the official site, from other
 * addresses or from files, unpacked into the layout that {@linkcode cityscapes} reads. What is there
 * already is not fetched or unpacked again, and what was broken off goes on.
 *
 * @param root The dataset's folder.
 * @throws {HttpFailure} if something cannot be downloaded.
 * @throws {ArchiveError} if an archive is damaged or not safe to unpack.
 * @throws {Error} if it is not the archive that was expected, or the disk has no room.
 */
export async function downloadCityscapes(
  root: string,
  options: DownloadCityscapesOptions = {},
): Promise<void> {
  const { onNotice, signal } = options;
  await Deno.mkdir(archivesFolder(root), { recursive: true });
  const onWait = () => onNotice?.(`Waiting for another process that fills ${root}`);
  await withFileLock(join(archivesFolder(root), ".lock"), async () => {
    const account = sharedAccount(options);
    // The small one first: what is wrong with an account or a disk shows early.
    await obtain("gtFine", root, { ...options, account });
    await obtain("leftImg8bit", root, { ...options, account });
  }, { onWait, signal });
  if (options.onTheFly) await prepareSplits(root, options);
}

async function obtain(
  name: ArchiveName,
  root: string,
  options: DownloadCityscapesOptions & { account: Account },
): Promise<void> {
  const { splits, onTheFly, onNotice } = options;
  const isShrunk = name === "leftImg8bit" && onTheFly !== undefined;
  if (isShrunk) await checkShrinking(root, onTheFly);
  const modes = modesOf(name, options);
  const note = unpackedNotePath(root, name);
  if (await isUnpacked(root, name, { modes, splits })) {
    return onNotice?.(`${name} is there already; remove ${note} to obtain it again`);
  }
  // Splits that were unpacked before in the same way are still there.
  if (await modeOf(root, name) !== modes[0]) await removeIfThere(note);
  await withArchive({ root, name }, sourceOf(name, options), async (archive) => {
    const files = officialFiles(archive, name, splits);
    if (isShrunk) {
      const images = files.filter(({ path }) => ARCHIVES.leftImg8bit.test(path));
      await shrinkImages(archive, images, { ...options, ...onTheFly, root });
    } else {
      await unpack(archive, files, { ...options, root, name });
    }
    const folders = new Set(files.flatMap(({ split }) => split ? [`${name}/${split}`] : []));
    const mode = modes[0]!;
    await noteUnpacked(root, name, { mode, ...(splits && { splits }), folders: [...folders] });
  }, options);
}

/** How an archive is unpacked, and what would do as well if it is there. */
function modesOf(name: ArchiveName, { onTheFly }: DownloadCityscapesOptions): string[] {
  if (!onTheFly) return ["whole"];
  if (name === "gtFine") return ["needed labels", "whole"];
  return [formatWay(onTheFly)];
}

async function unpack(
  archive: ZipArchive,
  files: readonly OfficialFile[],
  options: DownloadCityscapesOptions & { root: string; name: ArchiveName },
): Promise<void> {
  const { root, name, onTheFly, onProgress, signal } = options;
  const wanted = onTheFly ? files.filter(({ path }) => NEEDED_LABELS.test(path)) : files;
  const paths = new Map(wanted.map(({ name, path }) => [name, path]));
  // From here on the images are no longer all small.
  if (name === "leftImg8bit") await removeIfThere(imageNotePath(root));
  await archive.unpack(root, { target: (name) => paths.get(name), onProgress, signal });
}

/** Packs what is trained on and validated with, so that training begins at once. */
async function prepareSplits(
  root: string,
  { splits, onTheFly, onProgress, signal }: DownloadCityscapesOptions,
): Promise<void> {
  const { size, images, prepared } = onTheFly!;
  const isThere = (split: string) =>
    (splits?.includes(split) ?? true) &&
    ["leftImg8bit", "gtFine"].every((name) => exists(join(root, name, split)));
  const folder = prepared === undefined ? {} : { folder: prepared };
  for (const split of PREPARED_SPLITS.filter(isThere)) {
    await prepare(cityscapes(root), split, { size, images, ...folder, onProgress, signal });
  }
}
