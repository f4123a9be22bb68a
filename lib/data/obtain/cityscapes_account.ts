import { failureOf, HttpFailure, request } from "../../system/mod.ts";

/** The official site. */
export const CITYSCAPES_SITE = "https://www.cityscapes-dataset.com";

/** What the site knows its users by. It is sent to the site and kept nowhere. */
export interface Credentials {
  username: string;
  password: string;
}

/** Options of {@linkcode CityscapesAccount.logIn}. */
export interface LogInOptions {
  /** The site's address. @default {CITYSCAPES_SITE} */
  site?: string | undefined;
  signal?: AbortSignal | undefined;
}

const ACTION = "log in to Cityscapes";

/** A session on the official site, which serves packages by their ids to those who are logged in. */
export class CityscapesAccount {
  readonly #site: string;
  readonly #cookies: ReadonlyMap<string, string>;

  private constructor(site: string, cookies: ReadonlyMap<string, string>) {
    this.#site = site;
    this.#cookies = cookies;
  }

  /**
   * Logs in, as the site's form does.
   *
   * @throws {HttpFailure} if the site does not answer, or refuses the user name and password.
   */
  static async logIn(
    { username, password }: Credentials,
    { site = CITYSCAPES_SITE, signal }: LogInOptions = {},
  ): Promise<CityscapesAccount> {
    const page = `${site}/login`;
    const cookies = new Map<string, string>();
    keepCookies(await send(page, { signal }), cookies);
    const body = new URLSearchParams({ username, password, submit: "Login" });
    const headers = { cookie: cookieHeader(cookies) };
    const response = await send(page, { method: "POST", body, headers, signal });
    keepCookies(response, cookies);
    const location = response.headers.get("location") ?? "/login";
    // Who is refused gets the form once more.
    if (!isRedirect(response) || new URL(location, page).pathname.startsWith("/login")) {
      throw new HttpFailure(
        `Cannot ${ACTION}: the site refused this user name and password; check them at ${page}`,
      );
    }
    return new CityscapesAccount(site, cookies);
  }

  /** What a request for a package must carry; nobody else may see it. */
  get secretHeaders(): Record<string, string> {
    return { cookie: cookieHeader(this.#cookies) };
  }

  /**
   * The MD5 hash of a package in hexadecimal digits, where the site says it.
   *
   * @param id The package's id.
   */
  async md5Of(id: number, signal?: AbortSignal): Promise<string | undefined> {
    const url = `${this.#site}/md5-sum/?packageID=${id}`;
    const response = await request(url, { secretHeaders: this.secretHeaders, signal });
    const text = await response.text();
    return response.ok ? /^\s*([0-9a-f]{32})\b/i.exec(text)?.[1] : undefined;
  }
}

/**
 * Where the site serves a package.
 *
 * @param id The package's id.
 */
export function packageUrl(id: number, site: string = CITYSCAPES_SITE): string {
  return `${site}/file-handling/?packageID=${id}`;
}

/** Sends a request without following where it redirects to, as that is the answer. */
async function send(
  url: string,
  { signal, ...rest }: Omit<RequestInit, "signal"> & Pick<LogInOptions, "signal">,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...rest, redirect: "manual", ...(signal && { signal }) });
  } catch (cause) {
    signal?.throwIfAborted();
    const { message } = cause as Error;
    throw new HttpFailure(
      `Cannot ${ACTION}: no answer from ${url} (${message}); check the network`,
      { mayPass: true, cause },
    );
  }
  await response.body?.cancel();
  if (!response.ok && !isRedirect(response)) throw failureOf(response, ACTION);
  return response;
}

function isRedirect({ status }: Response): boolean {
  return status >= 300 && status < 400;
}

/** Adds the cookies that a response sets; an empty one is one that is taken back. */
function keepCookies({ headers }: Response, cookies: Map<string, string>): void {
  for (const line of headers.getSetCookie()) {
    const [, name, value] = /^\s*([^=;\s]+)\s*=\s*([^;]*)/.exec(line) ?? [];
    if (name !== undefined && value) cookies.set(name, value.trim());
    else if (name !== undefined) cookies.delete(name);
  }
}

function cookieHeader(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
}
