import { dirname } from "node:path";
import { type Answer, askForRest } from "./ask_for_rest.ts";
import { concatBytes } from "../concat_bytes.ts";
import { expectZipHead, ZIP_HEAD_BYTES } from "./expect_zip.ts";
import { checkRoom, formatBytes } from "../free_space.ts";
import { HttpFailure, shownUrl } from "./http_failure.ts";
import type { PartialFile, PartWriter } from "./partial_file.ts";
import type { RequestOptions } from "./request.ts";
import { Watchdog } from "./watchdog.ts";

/** Options of {@linkcode fetchRest}. */
export interface FetchRestOptions extends Pick<RequestOptions, "secretHeaders" | "signal"> {
  /** Hears what is worth telling. */
  onNotice: (text: string) => void;
  /** Whether anything but a zip is to be refused. */
  zip: boolean;
  /** How many bytes are needed besides, by the file's size. */
  extraBytes: (total: number) => number;
  /** For how long nothing may come. */
  stallMs: number;
  /** Hears of each piece. */
  onBytes: (done: number, total: number | undefined) => void;
}

/**
 * Asks once for what a part still lacks and adds it.
 *
 * @throws {HttpFailure} if the server refuses, or the connection ends before the file does; what has
 *   come until then is in the part.
 */
export async function fetchRest(
  url: URL | string,
  part: PartialFile,
  options: FetchRestOptions,
): Promise<void> {
  if (part.isComplete) return;
  using watchdog = new Watchdog(options.stallMs);
  const { signal: userSignal } = options;
  const signal = AbortSignal.any([watchdog.signal, ...userSignal ? [userSignal] : []]);
  try {
    const answer = await askForRest(url, part, { ...options, signal });
    if (answer) await receive(answer, part, options, watchdog);
  } catch (error) {
    userSignal?.throwIfAborted();
    if (!watchdog.signal.aborted) throw error;
    const reason = `the server sent nothing for ${options.stallMs / 1000} s`;
    throw new HttpFailure(`Cannot download ${shownUrl(url)}: ${reason}`, { mayPass: true });
  }
}

/** Adds what the server sends to the part. */
async function receive(
  { response, version, anew, notice }: Answer,
  part: PartialFile,
  options: FetchRestOptions,
  watchdog: Watchdog,
): Promise<void> {
  const shown = version.url;
  const pieces = piecesOf(response, shown);
  try {
    // A log-in page must not take the place of what was fetched already.
    let head = new Uint8Array();
    while (anew && options.zip && head.length < ZIP_HEAD_BYTES) {
      const { value, done } = await pieces.next();
      if (done) break;
      head = concatBytes([head, value]);
    }
    const contentType = response.headers.get("content-type");
    if (anew && options.zip) expectZipHead(head, { contentType, shown });
    if (notice) options.onNotice(notice);
    if (version.total !== undefined) {
      // What starts anew takes the place of what is there, so that its bytes count as free.
      const bytes = version.total - part.size + options.extraBytes(version.total);
      await checkRoom(`download ${shown}`, { bytes, folder: dirname(part.path) });
    }
    using writer = await part.writer(version, { anew });
    const add = async (bytes: Uint8Array) => {
      watchdog.reset();
      await write(writer, bytes, part.path);
      options.onBytes(part.size, version.total);
    };
    await add(head);
    for await (const piece of pieces) await add(piece);
  } finally {
    await pieces.return();
  }
  if (version.total !== undefined && part.size !== version.total) {
    throw broken(shown, `after ${formatBytes(part.size)} of ${formatBytes(version.total)}`);
  }
}

async function* piecesOf({ body }: Response, shown: string): AsyncGenerator<Uint8Array, void> {
  if (!body) return;
  const reader = body.getReader();
  try {
    while (true) {
      const { value, done } = await reader.read().catch((error) => {
        throw broken(shown, "before its end", error);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function broken(shown: string, when: string, cause?: unknown): HttpFailure {
  return new HttpFailure(`Cannot download ${shown}: the connection broke off ${when}`, {
    mayPass: true,
    cause,
  });
}

async function write(
  writer: PartWriter,
  bytes: Uint8Array,
  path: string,
): Promise<void> {
  try {
    await writer.write(bytes);
  } catch (error) {
    const { message } = error as Error;
    throw new HttpFailure(`Cannot write ${path}: ${message}`, { cause: error });
  }
}
