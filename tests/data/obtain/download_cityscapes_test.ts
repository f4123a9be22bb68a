import { assert, assertEquals, assertRejects } from "@std/assert";
import { readdir } from "node:fs/promises";
import {
  cityscapes,
  decodeImage,
  downloadCityscapes,
  type DownloadCityscapesOptions,
  prepare,
  resizeImage,
} from "../../../lib/data/mod.ts";
import { type Answer, file, inTurn, MisbehavingServer } from "../../_misbehaving_server.ts";
import { makeZip } from "../../_zip_files.ts";
import { type Folder, withFolder } from "../_folder.ts";
import { FRAMES, picture, SIZE, smallArchives } from "./_archives.ts";
import { ACCOUNT, cityscapesSite, md5 } from "./_site.ts";

const ARCHIVES = smallArchives();
const QUICK = { retries: 0, backoffMs: 1 };
const SMALL = { width: 4, height: 2 };
const HASHES = { 1: md5(ARCHIVES.gtFine), 3: md5(ARCHIVES.leftImg8bit) };
const site = () =>
  cityscapesSite({ 1: file(ARCHIVES.gtFine), 3: file(ARCHIVES.leftImg8bit) }, HASHES);

/** The files of a folder, but for the lock and the hidden ones. */
async function filesIn(path: string): Promise<string[]> {
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(path.length + 1)).sort();
}

async function counts(root: string): Promise<number[]> {
  const frames = Object.keys(FRAMES).map((split) => cityscapes(root).frames(split));
  return (await Promise.all(frames)).map(({ length }) => length);
}

/** Writes both archives as files and gives their paths. */
async function writeArchives({ write }: Folder, archives = ARCHIVES) {
  return {
    gtFine: await write("share/gt.zip", archives.gtFine),
    leftImg8bit: await write("share/images.zip", archives.leftImg8bit),
  };
}

const forbidden = () => Promise.reject(new Error("asked for an account"));

Deno.test("downloadCityscapes() logs in, checks the hashes and unpacks both packages", () =>
  withFolder(async ({ at }) => {
    await using server = new MisbehavingServer(site());
    let asked = 0;
    const credentials = () => Promise.resolve({ ...ACCOUNT, asked: asked++ });
    const notices: string[] = [];
    const options = { site: server.origin, credentials, ...QUICK };
    await downloadCityscapes(at("set"), { ...options, onNotice: (text) => notices.push(text) });
    assertEquals(await counts(at("set")), [2, 1, 1]);
    assertEquals(asked, 1);
    assertEquals(server.log.map(({ method, path }) => `${method} ${path}`), [
      "GET /login",
      "POST /login",
      "GET /md5-sum/?packageID=1",
      "GET /file-handling/?packageID=1",
      "GET /md5-sum/?packageID=3",
      "GET /file-handling/?packageID=3",
    ]);
    const files = await filesIn(at("set"));
    assertEquals(files.length, 1 + 4 * 5 + 2);
    assertEquals(files.slice(0, 2), ["archives/gtFine.json", "archives/leftImg8bit.json"]);
    for (const name of files.filter((name) => !name.endsWith(".png"))) {
      const text = await Deno.readTextFile(at("set", name));
      assert(!text.includes("student") && !text.includes("battery"), name);
    }
    await downloadCityscapes(at("set"), { ...options, credentials: forbidden });
    assertEquals(server.log.length, 6);
    assertEquals(notices, [
      "Logging in to Cityscapes",
      "Removed gtFine.zip: what was asked for is unpacked",
      "Removed leftImg8bit.zip: what was asked for is unpacked",
    ]);
  }));

Deno.test("a wrong password is named and not told, and nothing is fetched", () =>
  withFolder(async ({ at }) => {
    await using server = new MisbehavingServer(site());
    const credentials = () => Promise.resolve({ username: "me", password: "hunter2" });
    const { message } = await assertRejects(
      () => downloadCityscapes(at("set"), { site: server.origin, credentials, ...QUICK }),
      Error,
      "Cannot log in to Cityscapes: the site refused this user name and password",
    );
    assert(!message.includes("hunter2"));
    assertEquals(server.log.length, 2);
  }));

Deno.test("a site that is out of order or does not answer is named", () =>
  withFolder(async ({ at }) => {
    const credentials = () => Promise.resolve(ACCOUNT);
    await using server = new MisbehavingServer(() => ({ status: 503 }));
    const obtaining = (site: string) =>
      downloadCityscapes(at("set"), { site, credentials, ...QUICK });
    await assertRejects(
      () => obtaining(server.origin),
      Error,
      "Cannot log in to Cityscapes: the server answered 503",
    );
    await assertRejects(() => obtaining("http://127.0.0.1:9"), Error, "no answer from");
  }));

Deno.test("a log-in is tried again where it may pass, and follows a slash; silence has an end", () =>
  withFolder(async ({ at }) => {
    const well = site();
    const slash: Answer = (request) =>
      request.path === "/login"
        ? { status: 301, headers: [["Location", "/login/"]] }
        : well({ ...request, path: request.path.replace("/login/", "/login") });
    await using server = new MisbehavingServer(inTurn(() => ({ status: 503 }), slash));
    const credentials = () => Promise.resolve(ACCOUNT);
    const options = { site: server.origin, credentials, backoffMs: 1 };
    await downloadCityscapes(at("set"), { ...options, retries: 1 });
    assertEquals(await counts(at("set")), [2, 1, 1]);

    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = silent.addr as Deno.NetAddr;
    const nowhere = { ...options, ...QUICK, site: `http://127.0.0.1:${port}`, stallMs: 50 };
    await assertRejects(
      () => downloadCityscapes(at("no"), nowhere),
      Error,
      "Cannot log in to Cityscapes: the site sent nothing for 0.05 s",
    );
  }));

Deno.test("splits can be taken one after the other, and none of them twice", () =>
  withFolder(async ({ at }) => {
    await using server = new MisbehavingServer(site());
    const credentials = () => Promise.resolve(ACCOUNT);
    const take = (...splits: string[]) =>
      downloadCityscapes(at("set"), { site: server.origin, credentials, ...QUICK, splits });
    await take("train");
    await take("val");
    const { length } = server.log;
    await take("train");
    await take("train", "val");
    assertEquals(server.log.length, length);
    const { sent } = server;
    await take("test");
    assert(server.sent > sent);
    assertEquals(await counts(at("set")), [2, 1, 1]);
  }));

Deno.test("a link that was wrong can be corrected, also where only its query changes", () =>
  withFolder(async ({ at }) => {
    const byId: Answer = (request) =>
      file(request.path.endsWith("id=1") ? ARCHIVES.gtFine : ARCHIVES.leftImg8bit)(request);
    await using server = new MisbehavingServer(byId);
    const link = (id: number) => `${server.origin}/share?id=${id}`;
    const obtaining = (gtFine: number) =>
      downloadCityscapes(at("set"), { gtFine: link(gtFine), leftImg8bit: link(3), ...QUICK });
    await assertRejects(() => obtaining(3), Error, "run the same command again");
    await obtaining(1);
    assertEquals(await counts(at("set")), [2, 1, 1]);
  }));

Deno.test("only what belongs to the dataset leaves its archive", () =>
  withFolder(async (folder) => {
    const data = picture(1, 0), image = picture(3, 0);
    const id = "town_000000_000000";
    const gtFine = makeZip([
      { name: "deno.json", data },
      { name: `gtFine/train/town/${id}_gtFine_labelIds.png`, data },
    ]);
    const leftImg8bit = makeZip([{
      name: `leftImg8bit/train/town/${id}_leftImg8bit.png`,
      data: image,
    }]);
    await downloadCityscapes(
      folder.at("set"),
      await writeArchives(folder, { gtFine, leftImg8bit }),
    );
    assert(!(await filesIn(folder.at("set"))).includes("deno.json"));
  }));

Deno.test("a log-in that has run out on the way is named; the same call goes on", () =>
  withFolder(async ({ at }) => {
    const images = inTurn(
      file(ARCHIVES.leftImg8bit, { cut: 500 }),
      () => ({ status: 302, headers: [["Location", "/login"]] }),
      file(ARCHIVES.leftImg8bit),
    );
    const answer = cityscapesSite({ 1: file(ARCHIVES.gtFine), 3: images });
    await using server = new MisbehavingServer(answer);
    const credentials = () => Promise.resolve(ACCOUNT);
    const options = { site: server.origin, credentials, backoffMs: 1 };
    await assertRejects(
      () => downloadCityscapes(at("set"), options),
      Error,
      "got an HTML page (a log-in page?)",
    );
    await downloadCityscapes(at("set"), options);
    assertEquals(await counts(at("set")), [2, 1, 1]);
    const fetched = server.log.filter(({ path }) => path.startsWith("/file-handling/"));
    assertEquals(
      fetched.reduce((sum, { sent }) => sum + sent, 0),
      ARCHIVES.gtFine.length + ARCHIVES.leftImg8bit.length,
    );
  }));

Deno.test("archives on this machine are read in their place, even in a further folder", () =>
  withFolder(async (folder) => {
    const { at } = folder;
    const options = {
      ...await writeArchives(folder, smallArchives("data/")),
      credentials: forbidden,
    };
    await downloadCityscapes(at("set"), options);
    assertEquals(await counts(at("set")), [2, 1, 1]);
    assertEquals(await filesIn(at("share")), ["gt.zip", "images.zip"]);
    // What was unpacked and is gone is unpacked again.
    await Deno.remove(at("set/gtFine/val"), { recursive: true });
    await downloadCityscapes(at("set"), options);
    assertEquals(await counts(at("set")), [2, 1, 1]);
  }));

Deno.test("archives put into the folder by hand are used and stay", () =>
  withFolder(async ({ at, write }) => {
    await write("set/archives/gtFine.zip", ARCHIVES.gtFine);
    await write("set/archives/leftImg8bit.zip", ARCHIVES.leftImg8bit);
    await downloadCityscapes(at("set"), { credentials: forbidden });
    assertEquals(await counts(at("set")), [2, 1, 1]);
    assert((await Deno.stat(at("set/archives/gtFine.zip"))).isFile);
  }));

Deno.test("an archive that arrives damaged is named with the way out", () =>
  withFolder(async ({ at }) => {
    const damaged = ARCHIVES.gtFine.slice();
    damaged[new TextDecoder("latin1").decode(damaged).indexOf("IDAT") + 8]! ^= 1;
    await using server = new MisbehavingServer(file(damaged));
    const from = { gtFine: `${server.origin}/gt.zip`, leftImg8bit: "none" };
    const path = at("set/archives/gtFine.zip");
    const obtaining = () => downloadCityscapes(at("set"), { ...from, ...QUICK });
    await assertRejects(obtaining, Error, `(remove ${path} and run the same command again)`);
    // The site's hash shows it before.
    const hashed = cityscapesSite({ 1: file(damaged) }, HASHES);
    await using site = new MisbehavingServer(hashed);
    const credentials = () => Promise.resolve(ACCOUNT);
    const options = { site: site.origin, credentials, ...QUICK };
    const fault = `expected the MD5 hash ${HASHES[1]}, got ${md5(damaged)}; the file was removed`;
    await assertRejects(() => downloadCityscapes(at("other"), options), Error, fault);
  }));

Deno.test("an address that cannot be read is not shown", () =>
  withFolder(async ({ at }) => {
    const obtaining = () => downloadCityscapes(at("set"), { gtFine: "https://me:word@" });
    const { message } = await assertRejects(
      obtaining,
      Error,
      "Cannot download gtFine: expected an",
    );
    assert(!message.includes("word"));
  }));

Deno.test("only the splits that are asked for are unpacked", () =>
  withFolder(async (folder) => {
    const { at } = folder;
    const archives = await writeArchives(folder);
    await downloadCityscapes(at("set"), { ...archives, splits: ["val"] });
    const files = await filesIn(at("set"));
    assertEquals(files.filter((name) => name.includes("/train/")), []);
    assertEquals((await cityscapes(at("set")).frames("val")).length, 1);
    await downloadCityscapes(at("set"), archives);
    assertEquals(await counts(at("set")), [2, 1, 1]);
  }));

Deno.test("another archive, one that lacks a split, and a file that is none are named", () =>
  withFolder(async (folder) => {
    const { at, write } = folder;
    const archives = await writeArchives(folder);
    const fails = (options: DownloadCityscapesOptions, fault: string) =>
      assertRejects(() => downloadCityscapes(at("set"), { ...archives, ...options }), Error, fault);
    await fails(
      { gtFine: archives.leftImg8bit },
      `Cannot use ${archives.leftImg8bit}: expected gtFine/<split>/<city>/*_gtFine_labelIds.png in ` +
        'it, found 5 files such as "license.txt"',
    );
    await fails({ gtFine: at("none.zip") }, "expected an address or a zip, got no such file");
    const name = "leftImg8bit/train/a/a_000000_000000_leftImg8bit.png";
    const trainOnly = await write("train.zip", makeZip([{ name, data: picture(3, 0) }]));
    await fails(
      { leftImg8bit: trainOnly, splits: ["val"] },
      `Cannot use ${trainOnly}: expected the split val of leftImg8bit, found train`,
    );
  }));

Deno.test("on the fly images become small, labels stay, and the set is prepared", () =>
  withFolder(async (folder) => {
    const { at } = folder;
    const archives = await writeArchives(folder);
    await downloadCityscapes(at("full"), archives);
    const prepared = at("prepared");
    for (const images of ["nearest", "area"] as const) {
      const root = at(images);
      const onTheFly = { size: SMALL, images, prepared };
      await downloadCityscapes(root, { ...archives, onTheFly });
      assertEquals(await counts(root), [2, 1, 1]);
      const [frame] = await cityscapes(root).frames("train");
      const [full] = await cityscapes(at("full")).frames("train");
      const expected = resizeImage(await decodeImage(full!.image), SMALL, images);
      assertEquals((await decodeImage(frame!.image)).pixels, expected);
      assertEquals(await Deno.readFile(frame!.labels!), await Deno.readFile(full!.labels!));
      assert(frame!.instances !== undefined);
      const files = await filesIn(root);
      assertEquals(files.filter((name) => /color|polygons/.test(name)), []);
      const way = { size: SMALL, images, folder: prepared };
      const direct = await prepare(cityscapes(at("full")), "train", way);
      const packed = await prepare(cityscapes(root), "train", way);
      assertEquals([packed.images, packed.labels], [direct.images, direct.labels]);
      const before = await filesIn(prepared);
      await downloadCityscapes(root, {
        ...archives,
        gtFine: "gone",
        leftImg8bit: "gone",
        onTheFly,
      });
      assertEquals(await filesIn(prepared), before);
    }
  }));

Deno.test("images made small on the fly can be prepared in that way only", () =>
  withFolder(async (folder) => {
    const { at } = folder;
    const archives = await writeArchives(folder);
    const onTheFly = { size: SMALL, images: "nearest", prepared: at("prepared") } as const;
    await downloadCityscapes(at("set"), { ...archives, onTheFly });
    const wayOut = `they were made smaller to 4x2 by nearest while they were unpacked; ` +
      "use --size 4x2 --images nearest, or download them again without --prepare-on-the-fly";
    for (const other of [{ size: SIZE }, { images: "area" }] as const) {
      const way = { size: SMALL, folder: at("prepared"), ...other };
      await assertRejects(() => prepare(cityscapes(at("set")), "train", way), Error, wayOut);
    }
    await assertRejects(
      () =>
        downloadCityscapes(at("set"), { ...archives, onTheFly: { ...onTheFly, images: "area" } }),
      Error,
      "has them at 4x2 by nearest; choose another folder",
    );
    await downloadCityscapes(at("set"), archives);
    await prepare(cityscapes(at("set")), "train", { size: SIZE, folder: at("prepared") });
    await assertRejects(
      () => downloadCityscapes(at("set"), { ...archives, onTheFly }),
      Error,
      "has them at full size",
    );
  }));

Deno.test("preparing on the fly goes on where it was stopped", () =>
  withFolder(async (folder) => {
    const { at } = folder;
    const archives = await writeArchives(folder);
    const onTheFly = { size: SMALL, images: "nearest", prepared: at("prepared") } as const;
    const controller = new AbortController();
    const stop = new Error("enough");
    const stopping: DownloadCityscapesOptions = {
      signal: controller.signal,
      onProgress: ({ task }) => task === "Preparing images" && controller.abort(stop),
    };
    const obtain = (options = {}) =>
      downloadCityscapes(at("set"), { ...archives, onTheFly, ...options });
    assertEquals(await assertRejects(() => obtain(stopping)), stop);
    assertEquals(
      (await filesIn(at("set"))).filter((name) => name.endsWith("leftImg8bit.json")),
      [],
    );
    await obtain();
    assertEquals(await counts(at("set")), [2, 1, 1]);
  }));

Deno.test("an image that cannot be read, or is of another size, is named", () =>
  withFolder(async (folder) => {
    const { at, write } = folder;
    const { gtFine } = await writeArchives(folder);
    const path = (id: string) => `leftImg8bit/train/a/a_000000_00000${id}_leftImg8bit.png`;
    const first = { name: path("0"), data: picture(3, 0) };
    for (
      const [data, fault] of [
        [new Uint8Array(9), `Cannot read the image ${at("images.zip")}: ${path("1")}`],
        [picture(3, 0, { width: 6, height: 6 }), "expected 16x8 as of the others, got 6x6"],
      ] as const
    ) {
      const zip = makeZip([first, { name: path("1"), data }]);
      const leftImg8bit = await write("images.zip", zip);
      const onTheFly = { size: SMALL, images: "nearest", prepared: at("prepared") } as const;
      const obtaining = () => downloadCityscapes(at("set"), { gtFine, leftImg8bit, onTheFly });
      await assertRejects(obtaining, Error, fault);
    }
  }));
