import { failureOf, HttpFailure, shownUrl } from "./http_failure.ts";
import type { FileVersion, PartialFile } from "./partial_file.ts";
import { request, type RequestOptions } from "./request.ts";

/** What a server is about to send. */
export interface Answer {
  response: Response;
  version: FileVersion;
  /** Whether it begins at the file's beginning. */
  anew: boolean;
  /** Why it does, if there is a part already. */
  notice: string;
}

/**
 * Asks for what a part still lacks.
 *
 * @returns The answer, whose body is to be read; none where the part turns out to be the whole file.
 * @throws {HttpFailure} if the server refuses, or its file is not the one that was begun.
 */
export async function askForRest(
  url: URL | string,
  part: PartialFile,
  options: RequestOptions,
): Promise<Answer | undefined> {
  const shown = shownUrl(url);
  // Compressed on its way, neither the size nor a range would be those of the file.
  const headers = { "accept-encoding": "identity", ...part.rangeHeaders() };
  const response = await request(url, { ...options, headers });
  const { status } = response;
  const version = versionOf(response, shown);
  if (status === 200) {
    const notice = part.size > 0 ? `${reasonToStartAnew(part, version)}; it starts anew` : "";
    return { response, version, anew: true, notice };
  }
  if (status === 206 && isRestOf(part, response, version)) {
    return {
      response,
      version: { ...part.version, ...version },
      anew: part.size === 0,
      notice: "",
    };
  }
  await response.body?.cancel();
  if (status !== 206 && status !== 416) throw failureOf(response, `download ${shown}`);
  const isWhole = version.total === part.size && isSame(part.version, version);
  if (status === 416 && isWhole) return undefined;
  await part.discard();
  const reason = "the server's file is not the one that was begun; it has to start anew";
  throw new HttpFailure(`Cannot download ${shown}: ${reason}`, { mayPass: true });
}

function versionOf({ status, headers }: Response, url: string): FileVersion {
  const range = /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(headers.get("content-range") ?? "");
  const length = status === 200 && isPlain(headers) ? headers.get("content-length") : range?.[1];
  const etag = headers.get("etag"), lastModified = headers.get("last-modified");
  return {
    url,
    ...(length && { total: Number(length) }),
    ...(etag && { etag }),
    ...(lastModified && { lastModified }),
  };
}

/** Whether an answer goes on where the part ends, in the same file. */
function isRestOf(part: PartialFile, { headers }: Response, version: FileVersion): boolean {
  const start = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1];
  return start !== undefined && Number(start) === part.size && isPlain(headers) &&
    isSame(part.version, version);
}

function isSame(a: FileVersion, b: FileVersion): boolean {
  return (["total", "etag", "lastModified"] as const).every((key) =>
    a[key] === undefined || b[key] === undefined || a[key] === b[key]
  );
}

function reasonToStartAnew(part: PartialFile, version: FileVersion): string {
  return isSame(part.version, version)
    ? "The server cannot send a part of a file"
    : "The server's file has changed";
}

/** Whether the bytes are those of the file, not compressed for the way. */
function isPlain(headers: Headers): boolean {
  return (headers.get("content-encoding") ?? "identity") === "identity";
}
