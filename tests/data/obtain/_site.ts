// Stands in for the official site of Cityscapes.

import { createHash } from "node:crypto";
import type { Answer, Reply, Request } from "../../_misbehaving_server.ts";

/** The account that the site knows; the password has what a form must escape. */
export const ACCOUNT = { username: "student@example.org", password: "correct&horse=battery +%" };

const SESSION = "PHPSESSID=begun", LOGGED_IN = "session=logged-in";
const FORM: Reply = {
  body: "<!doctype html><form action='/login'></form>",
  headers: [["Content-Type", "text/html"], ["Set-Cookie", `${SESSION}; Path=/; HttpOnly`]],
};

/**
 * Answers as the official site does: with a form, then with packages to who has filled it in.
 *
 * @param packages What serves each package, by its id.
 * @param hashes The MD5 hashes that the site says, by id.
 */
export function cityscapesSite(
  packages: Record<number, Answer>,
  hashes: Record<number, string> = {},
): Answer {
  return (request) => {
    const url = new URL(request.path, "http://site");
    const id = Number(url.searchParams.get("packageID"));
    if (url.pathname === "/login") return request.method === "POST" ? logIn(request) : FORM;
    if (!request.headers.get("cookie")?.includes(LOGGED_IN)) return redirect("/login");
    if (url.pathname === "/md5-sum/" && hashes[id]) return { body: `${hashes[id]}  package.zip\n` };
    if (url.pathname === "/file-handling/" && packages[id]) return packages[id](request);
    return { status: 404 };
  };
}

/** The MD5 hash of a file in hexadecimal digits. */
export function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

function logIn({ body, headers }: Request): Reply {
  const form = Object.fromEntries(new URLSearchParams(body));
  const isRight = form.username === ACCOUNT.username && form.password === ACCOUNT.password &&
    form.submit === "Login" && headers.get("cookie") === SESSION;
  return isRight
    ? redirect("/downloads/", ["Set-Cookie", `${LOGGED_IN}; Path=/`], [
      "Set-Cookie",
      "flash=; Path=/",
    ])
    : FORM;
}

function redirect(location: string, ...headers: [string, string][]): Reply {
  return { status: 302, headers: [["Location", location], ...headers] };
}
