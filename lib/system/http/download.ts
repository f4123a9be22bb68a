import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { type FetchOptions, fetchWhole } from "./fetch_whole.ts";
import { withFileLock } from "../file_lock.ts";
import { formatBytes } from "../free_space.ts";
import { HttpFailure, queryMark, shownUrl } from "./http_failure.ts";
import { readNote, writeNote } from "../json_note.ts";
import { type Address, PartialFile } from "./partial_file.ts";

/** Options of {@linkcode download}. */
export interface DownloadOptions extends FetchOptions {
  /** The MD5 hash of the file in hexadecimal digits, where it is known. */
  md5?: string | undefined;
}

/** What is known of a complete file. */
interface CompleteNote extends Address {
  size: number;
}

/**
 * Downloads a file once. It grows as `<path>.part`, so that a download that was broken off goes on
 * where it stopped, now or when it is called again, and takes its name when it is complete and right.
 *
 * @param url An http or https address.
 * @param path Where the file goes; its folder is made as needed.
 * @throws {HttpFailure} naming the address without its secrets, what the server did and what to do.
 * @throws the signal's reason, if it fires; what has come until then is kept.
 */
export async function download(
  url: URL | string,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const { onNotice, signal } = options;
  await Deno.mkdir(dirname(path), { recursive: true });
  const lock = join(dirname(path), `.${basename(path)}.lock`);
  const onWait = () => onNotice?.(`Waiting for another process that downloads ${basename(path)}`);
  await withFileLock(lock, async () => {
    if (await isDownloaded(path, url)) return;
    const address: Address = { url: shownUrl(url), query: queryMark(url) };
    const part = await PartialFile.open(path, address);
    try {
      await fetchWhole(url, part, options);
    } catch (error) {
      throw withWhatIsKept(error, part);
    }
    await checkHash(part, address.url, options);
    await writeNote(noteOf(path), { ...address, size: part.size } satisfies CompleteNote);
    await part.finish(path);
  }, { onWait, signal });
}

/**
 * Whether a file was downloaded to its end, or was put there by hand.
 *
 * @param url Its address, where it matters: a file from another one does not count.
 */
export async function isDownloaded(path: string, url?: URL | string): Promise<boolean> {
  const size = (await Deno.stat(path).catch(() => undefined))?.size;
  if (size === undefined) return false;
  const note = await readNote<CompleteNote>(noteOf(path));
  if (note === undefined) return true;
  if (note.size !== size) return false;
  return url === undefined || note.url === shownUrl(url) && note.query === queryMark(url);
}

/** The file that says what a download is of; a file that was put there by hand has none. */
export function noteOf(path: string): string {
  return `${path}.json`;
}

async function checkHash(
  part: PartialFile,
  shown: string,
  { md5, onProgress, signal }: DownloadOptions,
): Promise<void> {
  if (md5 === undefined) return;
  const hash = createHash("md5");
  const task = `Checking ${basename(part.path, ".part")}`;
  let done = 0;
  for await (const bytes of (await Deno.open(part.path)).readable) {
    signal?.throwIfAborted();
    hash.update(bytes);
    onProgress?.({ task, done: done += bytes.length, total: part.size, unit: "bytes" });
  }
  const got = hash.digest("hex");
  if (got === md5.toLowerCase()) return;
  await part.discard();
  throw new HttpFailure(
    `Cannot use what was downloaded from ${shown}: expected the MD5 hash ${md5}, got ${got}; ` +
      "the file was removed, run the same command again",
  );
}

function withWhatIsKept(error: unknown, { size, version: { total } }: PartialFile): unknown {
  if (!(error instanceof HttpFailure) || size === 0) return error;
  const share = total === undefined ? "" : ` of ${formatBytes(total)}`;
  const { message, mayPass, retryAfterMs } = error;
  return new HttpFailure(
    `${message}. What was fetched is kept, ${formatBytes(size)}${share}: ` +
      "the same command goes on from there",
    { mayPass, retryAfterMs, cause: error },
  );
}
