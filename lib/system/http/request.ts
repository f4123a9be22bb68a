import { HttpFailure, shownUrl } from "./http_failure.ts";

/** Options of {@linkcode request}. */
export interface RequestOptions {
  /** What the server is asked for, such as a range. */
  headers?: Record<string, string>;
  /** Secrets such as cookies: they go to the URL's own origin only, wherever it redirects to. */
  secretHeaders?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Gets an address, and what it redirects to. A user and password in the URL are sent as basic
 * authentication, to its own origin only.
 *
 * @returns The last answer, whatever its status; the caller reads or cancels its body.
 * @throws {HttpFailure} if there is no answer, or a redirect leads nowhere.
 * @throws the signal's reason, if it fires.
 */
export async function request(
  url: URL | string,
  { headers = {}, secretHeaders = {}, signal }: RequestOptions = {},
): Promise<Response> {
  let target = httpUrl(url);
  const { origin } = target;
  const secrets = { ...authorization(target), ...secretHeaders };
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await get(target, {
      headers: { ...headers, ...(target.origin === origin && secrets) },
      signal,
    });
    const location = response.headers.get("location");
    if (!REDIRECTS.has(response.status) || location === null) return response;
    await response.body?.cancel();
    target = httpUrl(URL.parse(location, target) ?? new URL(`invalid:${location}`));
  }
  throw new HttpFailure(
    `Cannot download ${shownUrl(url)}: it redirects more than ${MAX_REDIRECTS} times`,
  );
}

async function get(
  target: URL,
  { headers, signal }: { headers: Record<string, string>; signal: AbortSignal | undefined },
): Promise<Response> {
  const bare = new URL(target);
  [bare.username, bare.password] = ["", ""];
  try {
    // Redirects are followed here, so that it is known who gets which headers.
    return await fetch(bare, { headers, redirect: "manual", ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    throw new HttpFailure(
      `Cannot download ${shownUrl(target)}: no answer from the server (${reasonOf(error)}); ` +
        "check the network",
      { mayPass: true }, // Without the cause, which has the whole address.
    );
  }
}

/** Why there was no answer; Deno names the address in it, and with it the query. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  if (cause instanceof Error) return reasonOf(cause);
  return message.replaceAll(/\S+:\/\/\S+/g, "").replaceAll(/\s*\(\s*\)/g, "").slice(0, 200).trim();
}

function httpUrl(url: URL | string): URL {
  const parsed = new URL(url);
  if (parsed.protocol === "http:" || parsed.protocol === "https:") return parsed;
  throw new HttpFailure(
    `Cannot download ${
      shownUrl(parsed)
    }: expected an http or https address, got ${parsed.protocol}`,
  );
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const bytes = new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`);
  return { authorization: `Basic ${bytes.toBase64()}` };
}

/** A lone percent sign stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
