import { basename } from "node:path";
import { setTimeout } from "node:timers/promises";
import { endsAsZip } from "./expect_zip.ts";
import { fetchRest, type FetchRestOptions } from "./fetch_rest.ts";
import { formatBytes } from "../free_space.ts";
import { HttpFailure } from "./http_failure.ts";
import type { PartialFile } from "./partial_file.ts";
import type { WorkOptions } from "../progress.ts";
import { type Patience, tryAgain } from "./try_again.ts";

/** Options of {@linkcode fetchWhole}. */
export interface FetchOptions extends WorkOptions, Patience {
  /** Headers such as cookies, which go to the URL's own origin only and are not noted anywhere. */
  secretHeaders?: Record<string, string>;
  /** What the file must be; by default anything. */
  kind?: "zip";
  /** How many bytes of free space are needed besides the file, by its size. @default {() => 0} */
  extraBytes?: (total: number) => number;
  /** Hears what is worth telling a person. */
  onNotice?: ((text: string) => void) | undefined;
}

/** Fetches until the part is whole; the tries count anew after one that brought something. */
export async function fetchWhole(
  url: URL | string,
  part: PartialFile,
  options: FetchOptions,
): Promise<void> {
  const { retries = 5, backoffMs = 1000, signal } = options;
  let most = part.size;
  const attempt = async () => {
    try {
      await fetchRest(url, part, restOptions(part, options));
      await checkEnd(part, options);
      return true;
    } catch (error) {
      const grew = part.size > most;
      most = Math.max(most, part.size);
      if (error instanceof HttpFailure && error.mayPass && grew && retries > 0) return false;
      throw error;
    }
  };
  while (!await tryAgain(attempt, options)) {
    options.onNotice?.(`The connection broke off after ${formatBytes(part.size)}; it goes on`);
    await setTimeout(backoffMs, undefined, signal && { signal }).catch(() => {});
  }
}

function restOptions(part: PartialFile, options: FetchOptions): FetchRestOptions {
  const { kind, extraBytes = () => 0, stallMs = 60_000, onProgress, onNotice } = options;
  const task = `Downloading ${basename(part.path, ".part")}`;
  return {
    zip: kind === "zip",
    extraBytes,
    stallMs,
    onBytes: (done, total) =>
      onProgress?.({ task, done, ...(total !== undefined && { total }), unit: "bytes" }),
    onNotice: onNotice ?? (() => {}),
    ...(options.secretHeaders && { secretHeaders: options.secretHeaders }),
    signal: options.signal,
  };
}

/** Where the server gave no size, a connection that closes early looks like the end. */
async function checkEnd(part: PartialFile, { kind }: FetchOptions): Promise<void> {
  const { total, url } = part.version;
  if (total !== undefined || kind !== "zip" || await endsAsZip(part.path)) return;
  throw new HttpFailure(
    `Cannot download ${url}: the connection broke off before the archive's end`,
    { mayPass: true },
  );
}
