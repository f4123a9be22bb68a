import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { download, type DownloadOptions, HttpFailure } from "../../lib/system/mod.ts";
import {
  type Answer,
  file,
  inTurn,
  MisbehavingServer,
  type Reply,
} from "../_misbehaving_server.ts";
import { makeZip } from "../_zip_files.ts";

const noise = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3);
const ZIP = makeZip([{ name: "noise", data: noise }]);
const ETAG = '"one"';
const QUICK = { retries: 2, backoffMs: 1, kind: "zip" } as const;
const MD5 = createHash("md5").update(ZIP).digest("hex");

interface Place {
  server: MisbehavingServer;
  path: string;
  notices: string[];
  /** Downloads the zip from the server. */
  get(options?: DownloadOptions): Promise<void>;
  /** The names of the files in the folder, but for the lock. */
  files(): string[];
  /** What each request asked for. */
  ranges(): (string | null)[];
}

async function withServer(answer: Answer, work: (place: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "in", "file.zip");
  const notices: string[] = [];
  try {
    await using server = new MisbehavingServer(answer);
    const url = `${server.origin}/share/file.zip?key=hidden`;
    const onNotice = (text: string) => notices.push(text);
    await work({
      ...{ server, path, notices },
      get: (options) => download(url, path, { ...QUICK, onNotice, ...options }),
      files: () =>
        [...Deno.readDirSync(join(folder, "in"))].map(({ name }) => name)
          .filter((name) => !name.endsWith(".lock")).sort(),
      ranges: () => server.log.map(({ headers }) => headers.get("range")),
    });
    for (const notice of notices) assert(!notice.includes("hidden"), notice);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const DONE = ["file.zip", "file.zip.json"];
const PART = ["file.zip.part", "file.zip.part.json"];

async function assertDone({ path, files }: Place): Promise<void> {
  assertEquals(files(), DONE);
  assertEquals(await Deno.readFile(path), ZIP);
}

/** Asserts that a download fails so, naming the address without its query. */
async function assertFails({ get, server }: Place, fault: string, options?: DownloadOptions) {
  const { message } = await assertRejects(() => get(options), HttpFailure, fault);
  assertStringIncludes(message, `${server.origin}/share/file.zip`);
  assert(!message.includes("hidden"), message);
}

Deno.test("download() fetches a file once and reports its bytes", () =>
  withServer(file(ZIP, { etag: ETAG }), async (place) => {
    const told: [number, number | undefined][] = [];
    await place.get({
      md5: MD5,
      onProgress: ({ task, done, total, unit }) => {
        assertEquals(unit, "bytes");
        if (task === "Downloading file.zip") told.push([done, total]);
      },
    });
    await assertDone(place);
    assertEquals(told.at(-1), [ZIP.length, ZIP.length]);
    await place.get({ md5: MD5 });
    assertEquals(place.server.log.length, 1);
    const note = await Deno.readTextFile(`${place.path}.json`);
    assert(!note.includes("hidden"), note);
  }));

Deno.test("download() goes on by itself where the connection broke, and fetches nothing twice", () => {
  const answer = inTurn(
    ...[50_000, 1000].map((cut) => file(ZIP, { etag: ETAG, cut })),
    file(ZIP, { etag: ETAG }),
  );
  return withServer(answer, async (place) => {
    await place.get();
    await assertDone(place);
    assertEquals(place.ranges(), [null, "bytes=50000-", "bytes=51000-"]);
    assertEquals(place.server.log[1]!.headers.get("if-range"), ETAG);
    assertEquals(place.server.sent, ZIP.length);
    assertEquals(place.notices.length, 2);
  });
});

Deno.test("download() goes on where an earlier one stopped, and says what it keeps", () =>
  withServer(inTurn(file(ZIP, { cut: 50_000 }), file(ZIP)), async (place) => {
    const kept =
      "the connection broke off before its end. What was fetched is kept, 50 kB of 300 kB: " +
      "the same command goes on from there";
    await assertFails(place, kept, { retries: 0 });
    assertEquals(place.files(), PART);
    await place.get();
    await assertDone(place);
    assertEquals(place.server.sent, ZIP.length);
  }));

Deno.test("download() counts its tries anew as long as something comes", () => {
  const cuts = Array.from({ length: 8 }, () => file(ZIP, { cut: 1000 }));
  return withServer(inTurn(...cuts, file(ZIP)), async (place) => {
    await place.get({ retries: 1 });
    await assertDone(place);
  });
});

Deno.test("download() gives up where nothing more comes", () =>
  withServer(inTurn(file(ZIP, { cut: 1000 }), file(ZIP, { cut: 0 })), async (place) => {
    await assertFails(place, "the connection broke off");
    assertEquals(place.server.log.length, 4);
  }));

Deno.test("download() gives up where each try from the start breaks at the same place", () =>
  withServer(file(ZIP, { cut: 1000, ranges: false }), async (place) => {
    await assertFails(place, "the connection broke off");
    assertEquals(place.server.log.length, 4);
  }));

Deno.test("download() starts anew where the server ignores ranges, and says so", () =>
  withServer(inTurn(file(ZIP, { cut: 9000 }), file(ZIP, { ranges: false })), async (place) => {
    await place.get();
    await assertDone(place);
    assertEquals(place.notices[1], "The server cannot send a part of a file; it starts anew");
  }));

Deno.test("download() starts anew where the server's file has changed", () => {
  const other = makeZip([{ name: "other", data: noise.toReversed() }]);
  return withServer(
    inTurn(file(other, { etag: '"old"', cut: 9000 }), file(ZIP, { etag: ETAG })),
    async (place) => {
      await place.get();
      await assertDone(place);
      assertEquals(place.notices[1], "The server's file has changed; it starts anew");
    },
  );
});

Deno.test("download() starts anew where only the size shows that the file has changed", () =>
  withServer(inTurn(file(ZIP.subarray(0, 9999), { cut: 9000 }), file(ZIP)), async (place) => {
    await place.get();
    await assertDone(place);
    assertEquals(place.ranges(), [null, "bytes=9000-", null]);
  }));

Deno.test("download() starts anew where the range is another than it asked for", () => {
  const range: Reply["headers"] = [["Content-Range", `bytes 5-99/${ZIP.length}`]];
  const wrong = () => ({ status: 206, headers: range, body: ZIP.subarray(5, 100) });
  return withServer(inTurn(file(ZIP, { cut: 9000 }), wrong, file(ZIP)), async (place) => {
    await place.get();
    await assertDone(place);
  });
});

Deno.test("download() starts anew where the server's file is shorter than the part", () =>
  withServer(
    inTurn(file(new Uint8Array([...ZIP, 0]), { cut: ZIP.length }), file(ZIP)),
    async (place) => {
      await place.get();
      await assertDone(place);
      assertEquals(place.server.log.map(({ status }) => status), [200, 416, 200]);
    },
  ));

Deno.test("download() does not ask for a range by a weak validator", () => {
  const etag = 'W/"weak"';
  return withServer(inTurn(file(ZIP, { etag, cut: 9000 }), file(ZIP, { etag })), async (place) => {
    await place.get();
    await assertDone(place);
    assertEquals(place.server.log[1]!.headers.get("if-range"), null);
    assertEquals(place.server.sent, ZIP.length);
  });
});

Deno.test("download() stops at a signal while it waits", () =>
  withServer(() => ({ status: 503, headers: [["Retry-After", "60"]] }), async (place) => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const onNotice = () => setTimeout(() => controller.abort(reason), 10);
    const getting = () => place.get({ signal: controller.signal, onNotice });
    assertEquals(await assertRejects(getting), reason);
  }));

Deno.test("download() takes a part that is the whole file", () =>
  withServer(
    inTurn(file(ZIP, { noLength: true, cut: ZIP.length - 9 }), file(ZIP)),
    async (place) => {
      await assertFails(place, "broke off before the archive's end", { retries: 0 });
      await Deno.writeFile(`${place.path}.part`, ZIP);
      await place.get();
      await assertDone(place);
      assertEquals(place.server.log.at(-1)!.status, 416);
    },
  ));

Deno.test("download() takes a file whose size the server does not say", () =>
  withServer(file(ZIP, { noLength: true, ranges: false }), async (place) => {
    const totals = new Set<number | undefined>();
    await place.get({ onProgress: ({ total }) => totals.add(total) });
    await assertDone(place);
    assertEquals([...totals], [undefined]);
  }));

const PAGE: Reply = {
  body: "<!doctype html><title>Login</title>",
  headers: [["Content-Type", "text/html"]],
};

Deno.test("download() names a page in the place of a zip, and keeps what it had", () =>
  withServer(inTurn(file(ZIP, { cut: 9000 }), () => PAGE, file(ZIP)), async (place) => {
    await assertFails(place, "connection", { retries: 0 });
    await assertFails(place, "expected a zip, got an HTML page (a log-in page?)");
    await place.get();
    await assertDone(place);
    assertEquals(place.ranges(), [null, "bytes=9000-", "bytes=9000-"]);
  }));

Deno.test("download() names what else is no zip", () =>
  withServer(
    () => ({ body: "{}", headers: [["Content-Type", "application/json"]] }),
    async (place) => {
      await assertFails(place, "expected a zip, got something else (application/json)");
      assertEquals(place.files(), []);
    },
  ));

for (
  const [status, way] of Object.entries({
    401: "it wants a log-in",
    403: "it does not allow this",
    404: "there is no such file: check the link",
    410: "the file is no longer there",
    204: "expected the file",
  })
) {
  Deno.test(`download() names ${status} and does not try again`, () =>
    withServer(() => ({ status: Number(status), noLength: status === "204" }), async (place) => {
      await assertFails(place, `the server answered ${status}`);
      await assertFails(place, way);
      assertEquals(place.server.log.length, 2);
    }));
}

for (const status of [408, 429, 500, 503]) {
  Deno.test(`download() tries again after ${status}, and names it in the end`, () =>
    withServer(() => ({ status }), async (place) => {
      await assertFails(place, `the server answered ${status}`);
      assertEquals(place.server.log.length, 3);
      assertEquals(place.notices.length, 2);
    }));
}

for (const [kind, value] of [["seconds", () => "1"], ["a date", () => inTwoSeconds()]] as const) {
  Deno.test(`download() waits as long as the server asks in ${kind}`, () => {
    const busy = () => ({ status: 429, headers: [["Retry-After", value()]] }) satisfies Reply;
    return withServer(inTurn(busy, file(ZIP)), async (place) => {
      const start = performance.now();
      await place.get();
      assert(performance.now() - start > 900);
      await assertDone(place);
    });
  });
}

/** A date in HTTP has no parts of seconds. */
function inTwoSeconds(): string {
  return new Date(Date.now() + 2000).toUTCString();
}

Deno.test("download() takes silence for a broken connection", () =>
  withServer(inTurn(file(ZIP, { stall: 9000 }), file(ZIP)), async (place) => {
    await place.get({ stallMs: 100 });
    await assertDone(place);
    assertEquals(place.ranges(), [null, "bytes=9000-"]);
    await Deno.remove(place.path);
    const silent = { stallMs: 100, retries: 0 };
    await withServer(
      file(ZIP, { stall: 0 }),
      (other) => assertFails(other, "the server sent nothing for 0.1 s", silent),
    );
  }));

Deno.test("download() names a server that does not answer", async () => {
  const path = await Deno.makeTempDir();
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const getting = () => download(`http://127.0.0.1:${port}/a?key=hidden`, join(path, "a"), QUICK);
  const error = await assertRejects(getting, HttpFailure, "no answer from the server");
  assertStringIncludes(error.message, "refused");
  // With all that a trace shows.
  assert(!Deno.inspect(error).includes("hidden"));
  await Deno.remove(path, { recursive: true });
});

Deno.test("download() removes a file whose hash is wrong", () =>
  withServer(file(ZIP), async (place) => {
    const md5 = "0".repeat(32);
    await assertFails(place, `expected the MD5 hash ${md5}, got ${MD5}`, { md5 });
    assertEquals(place.files(), []);
  }));

Deno.test("download() does not begin what the disk has no room for", () =>
  withServer(file(ZIP), async (place) => {
    const vast = { extraBytes: () => 1e15 };
    await assertRejects(() => place.get(vast), Error, "expected 1000000.0 GB of free space for ");
    assertEquals([place.files(), place.server.log.length], [[], 1]);
  }));

Deno.test("download() stops at a signal and keeps what it has", () =>
  withServer(inTurn(file(ZIP, { stall: 9000 }), file(ZIP)), async (place) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = ({ done }: { done: number }) => done === 9000 && controller.abort(reason);
    const getting = () => place.get({ signal: controller.signal, onProgress });
    assertEquals(await assertRejects(getting), reason);
    assertEquals(place.files(), PART);
    await place.get();
    await assertDone(place);
    assertEquals(place.ranges(), [null, "bytes=9000-"]);
  }));

Deno.test("download() by two at once fetches once", () =>
  withServer(file(ZIP), async (place) => {
    await Promise.all([place.get(), place.get()]);
    await assertDone(place);
    assertEquals(place.server.log.length, 1);
  }));

Deno.test("download() fetches from another address anew, but keeps a file put there by hand", () =>
  withServer(file(ZIP), async (place) => {
    await place.get();
    await download(`${place.server.origin}/other.zip`, place.path, QUICK);
    assertEquals(place.server.log.length, 2);
    await Deno.remove(`${place.path}.json`);
    await place.get();
    assertEquals(place.server.log.length, 2);
  }));

Deno.test("secrets go to the URL's own origin only", () =>
  withServer(file(ZIP), async ({ server: other, path }) => {
    const to = `${other.origin}/file.zip`;
    const away: Answer = ({ path }) => ({
      status: 302,
      headers: [["Location", path === "/start" ? "/next" : to]],
    });
    await using server = new MisbehavingServer(away);
    const url = server.origin.replace("//", "//me:word@") + "/start";
    await download(url, path, { ...QUICK, secretHeaders: { cookie: "session=secret" } });
    const secretsOf = ({ log }: MisbehavingServer) =>
      log.map(({ headers }) => [headers.get("cookie"), headers.get("authorization")]);
    const secret = ["session=secret", `Basic ${btoa("me:word")}`];
    assertEquals(secretsOf(server), [secret, secret]);
    assertEquals(secretsOf(other), [[null, null]]);
    assert(!(await Deno.readTextFile(`${path}.json`)).includes("word"));
  }));

Deno.test("redirects to a file of this machine, in circles or to nowhere are refused", async () => {
  const path = join(await Deno.makeTempDir(), "a");
  for (
    const [location, fault] of [
      ["file:///etc/hostname", "expected an http or https address, got file:"],
      ["/again", "it redirects more than 10 times"],
      ["http://[", "expected an http or https address"],
    ] as const
  ) {
    await using server = new MisbehavingServer(() => ({
      status: 302,
      headers: [["Location", location]],
    }));
    await assertRejects(() => download(server.origin, path, QUICK), HttpFailure, fault);
  }
  await Deno.remove(join(path, ".."), { recursive: true });
});
