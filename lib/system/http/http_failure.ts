import { createHash } from "node:crypto";

/** What else is known of an {@linkcode HttpFailure}. */
export interface HttpFailureOptions extends ErrorOptions {
  /** Whether the same request may succeed later. */
  mayPass?: boolean;
  /** How long the server asked to wait, in ms. */
  retryAfterMs?: number | undefined;
}

/** A request that failed; its message says of which address, and what to do. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  /** Whether the same request may succeed later. */
  readonly mayPass: boolean;
  /** How long the server asked to wait, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    { mayPass = false, retryAfterMs, ...rest }: HttpFailureOptions = {},
  ) {
    super(message, rest);
    this.mayPass = mayPass;
    this.retryAfterMs = retryAfterMs;
  }
}

const PASSING = new Set([408, 425, 429]);
const WAYS_OUT: Record<number, string> = {
  401: "it wants a log-in",
  403: "it does not allow this: check that the link is still valid and your account may have it",
  404: "there is no such file: check the link",
  410: "the file is no longer there: check the link",
  429: "it has had too many requests: run the same command again later",
};

/**
 * An address as it may be shown and noted: without the user, the password, the query and the
 * fragment, which may hold secrets.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { shownUrl } from "./http_failure.ts";
 *
 * assertEquals(shownUrl("https://me:word@example.org/a.zip?key=1"), "https://example.org/a.zip");
 * ```
 */
export function shownUrl(url: URL | string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/**
 * What tells addresses apart that are shown alike: a mark of the query, which may itself hold secrets.
 *
 * @returns `undefined` where there is no query.
 */
export function queryMark(url: URL | string): string | undefined {
  const { search } = new URL(url);
  return search ? createHash("sha256").update(search).digest("hex").slice(0, 16) : undefined;
}

/**
 * What a server's answer other than success means.
 *
 * @param action What was attempted, such as `"download https://example.org/a.zip"`.
 */
export function failureOf({ status, statusText, headers }: Response, action: string): HttpFailure {
  const isServers = status >= 500;
  const way = WAYS_OUT[status] ??
    (isServers ? "it is out of order: run the same command again later" : "expected the file");
  const said = statusText ? `${status} ${statusText}` : `${status}`;
  return new HttpFailure(`Cannot ${action}: the server answered ${said}; ${way}`, {
    mayPass: isServers || PASSING.has(status),
    retryAfterMs: retryAfter(headers.get("retry-after")),
  });
}

/** `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3). */
function retryAfter(text: string | null, now = Date.now()): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
