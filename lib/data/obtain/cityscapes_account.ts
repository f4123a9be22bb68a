import { failureOf, HttpFailure, reasonOf, request } from "../../system/mod.ts";

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
  /** How long the site may take to answer, in ms. @default {60_000} */
  stallMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

const STALL_MS = 60_000;
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
    { site = CITYSCAPES_SITE, ...waiting }: LogInOptions = {},
  ): Promise<CityscapesAccount> {
    const cookies = new Map<string, string>();
    const { page } = await open(`${site}/login`, {}, cookies, waiting);
    const body = new URLSearchParams({ username, password, submit: "Login" });
    const { response } = await open(page, { method: "POST", body }, cookies, waiting);
    // Who is let in is sent on; who is refused gets the form once more.
    const location = new URL(response.headers.get("location") ?? page, page);
    if (!SENT_ON.includes(response.status) || location.pathname.startsWith("/login")) {
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
  async md5Of(id: number, waiting: Waiting = {}): Promise<string | undefined> {
    const url = `${this.#site}/md5-sum/?packageID=${id}`;
    return await inTime(waiting, async (signal) => {
      const response = await request(url, { secretHeaders: this.secretHeaders, signal });
      const text = await response.text();
      return response.ok ? /^\s*([0-9a-f]{32})\b/i.exec(text)?.[1] : undefined;
    });
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

/** How long a request may take. */
type Waiting = Pick<LogInOptions, "stallMs" | "signal">;

/** What a site answers a form that it accepts with. */
const SENT_ON = [302, 303];

/** Requests a page, and once more where the site wants its address with a slash or without. */
async function open(
  page: string,
  init: Omit<RequestInit, "signal">,
  cookies: Map<string, string>,
  waiting: Waiting & { isSecond?: boolean },
): Promise<{ response: Response; page: string }> {
  const headers: HeadersInit = cookies.size > 0 ? { cookie: cookieHeader(cookies) } : {};
  const response = await inTime(waiting, (signal) => send(page, { ...init, headers }, signal));
  keepCookies(response, cookies);
  const location = response.headers.get("location");
  const moved = location === null ? page : new URL(location, page).href;
  const isSame = moved.replace(/\/$/, "") === page.replace(/\/$/, "");
  if (!isRedirect(response) || moved === page || !isSame || waiting.isSecond) {
    return { response, page };
  }
  return await open(moved, init, cookies, { ...waiting, isSecond: true });
}

/** Does something that must not take longer than a site may be silent. */
async function inTime<T>(
  { stallMs = STALL_MS, signal }: Waiting,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const time = AbortSignal.timeout(stallMs);
  try {
    return await work(AbortSignal.any([time, ...signal ? [signal] : []]));
  } catch (error) {
    signal?.throwIfAborted();
    if (!time.aborted) throw error;
    const reason = `the site sent nothing for ${stallMs / 1000} s`;
    throw new HttpFailure(`Cannot ${ACTION}: ${reason}`, { mayPass: true });
  }
}

/** Sends a request without following where it redirects to, as that is the answer. */
async function send(url: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, redirect: "manual", signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new HttpFailure(
      `Cannot ${ACTION}: no answer from ${url} (${reasonOf(error)}); check the network`,
      { mayPass: true },
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
