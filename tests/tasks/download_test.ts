import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { smallArchives } from "../data/obtain/_archives.ts";
import { ACCOUNT, cityscapesSite, md5 } from "../data/obtain/_site.ts";
import { type Answer, file, inTurn, MisbehavingServer } from "../_misbehaving_server.ts";
import type { ProgramResult } from "../_program.ts";
import { type Project, withProject } from "../runs/_project.ts";
import { sharedData } from "../_shared_data.ts";
import { makeZip } from "../_zip_files.ts";

const { root: SHARED, absent } = sharedData("cityscapes");
const CITYSCAPES = ["--data", "cityscapes", "--root", "set"];
const TRAINING = ["--val", "train", "--epochs", "1", "--width", "4", "--batch", "2"];

/** What the command needs to log in to a server of ours. */
function environment({ origin }: MisbehavingServer): Record<string, string> {
  return {
    DENOSCAPES_CITYSCAPES_SITE: origin,
    CITYSCAPES_USERNAME: ACCOUNT.username,
    CITYSCAPES_PASSWORD: ACCOUNT.password,
  };
}

/** Zips of the real frames in the layout of the official ones. */
function realArchives(): { gtFine: Uint8Array; leftImg8bit: Uint8Array } {
  const pack = (name: string) =>
    makeZip(
      filesIn(join(SHARED, name)).map((path) => ({
        name: `${name}/${path}`,
        data: Deno.readFileSync(join(SHARED, name, path)),
      })),
    );
  return { gtFine: pack("gtFine"), leftImg8bit: pack("leftImg8bit") };
}

function filesIn(folder: string, name = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = join(folder, entry.name), inner = join(name, entry.name);
    return entry.isDirectory ? filesIn(path, inner) : [inner];
  });
}

async function download(project: Project, args: string[], env: Record<string, string> = {}) {
  const result = await project.task("download", args, { env });
  assert(!(result.stdout + result.stderr).includes(ACCOUNT.password));
  return result;
}

function assertSucceeds({ code, stderr }: ProgramResult): void {
  assertEquals(code, 0, stderr);
}

Deno.test({
  name: "download of a server that drops twice, the command repeated; then an epoch of training",
  ignore: absent,
  fn: () =>
    withProject(async (project) => {
      const { gtFine, leftImg8bit } = realArchives();
      const dropping = (bytes: Uint8Array, cut: number): Answer =>
        inTurn(file(bytes, { etag: '"a"', cut }), file(bytes, { etag: '"a"' }));
      const packages = { 1: dropping(gtFine, 99_999), 3: dropping(leftImg8bit, 7_777_777) };
      const hashes = { 1: md5(gtFine), 3: md5(leftImg8bit) };
      await using server = new MisbehavingServer(cityscapesSite(packages, hashes));
      const run = () => download(project, [...CITYSCAPES, "--retries", "0"], environment(server));
      const kept = [/What was fetched is kept, 100 kB of \d+ kB/, /is kept, 8 MB of \d+ MB/];
      for (const pattern of kept) {
        const { code, stderr } = await run();
        assertEquals(code, 1);
        assertMatch(stderr, pattern);
        assertStringIncludes(stderr, "the same command goes on from there");
      }
      const last = await run();
      assertSucceeds(last);
      assertEquals(
        last.stdout,
        [
          "train: 8 images, 8 label images",
          "test: 1 images, 0 label images",
          "cityscapes is in set; next: deno task train --data cityscapes --root set\n",
        ].join("\n"),
      );
      const fetched = server.log.filter(({ path }) => path.startsWith("/file-handling/"));
      const bytes = fetched.reduce((sum, { sent }) => sum + sent, 0);
      assertEquals([fetched.length, bytes], [4, gtFine.length + leftImg8bit.length]);
      const again = await run();
      assertEquals([again.code, again.stdout], [0, last.stdout]);
      assertEquals(server.log.filter(({ path }) => path.startsWith("/file-handling/")).length, 4);
      for (const name of filesIn(SHARED)) {
        assertEquals(
          md5(await Deno.readFile(project.path("set", name))),
          md5(await Deno.readFile(join(SHARED, name))),
        );
      }
      const left = filesIn(project.path("set", "archives")).filter((name) => name[0] !== ".");
      assertEquals(left.sort(), ["gtFine.json", "leftImg8bit.json"]);
      const prepared = await project.task("prepare", [...CITYSCAPES, "--split", "train"]);
      assertEquals(prepared.stdout, "train: 8 frames at 256x128\n");
      assertSucceeds(await project.task("train", [...CITYSCAPES, ...TRAINING, "--run", "first"]));
    }),
});

Deno.test({
  name: "download that prepares on the fly, from files; then an epoch of training, and evaluation",
  ignore: absent,
  fn: () =>
    withProject(async (project) => {
      const { gtFine, leftImg8bit } = realArchives();
      await Deno.writeFile(project.path("gt.zip"), gtFine);
      await Deno.writeFile(project.path("images.zip"), leftImg8bit);
      const given = ["--gt-fine", "gt.zip", "--left-img", "images.zip", "--split", "train"];
      const result = await download(project, [...CITYSCAPES, ...given, "--prepare-on-the-fly"]);
      assertSucceeds(result);
      assertEquals(
        result.stdout,
        [
          "train: 8 images, 8 label images",
          "cityscapes is in set; next: deno task train --data cityscapes --root set\n",
        ].join("\n"),
      );
      const images = project.path("set", "leftImg8bit");
      const bytes = filesIn(images).map((name) => Deno.statSync(join(images, name)).size);
      assert(bytes.reduce((sum, size) => sum + size) < leftImg8bit.length / 20);
      const sets = [...Deno.readDirSync(project.path("data", "prepared"))].length;
      assertSucceeds(await project.task("train", [...CITYSCAPES, ...TRAINING, "--run", "first"]));
      assertEquals([...Deno.readDirSync(project.path("data", "prepared"))].length, sets);
      const scored = await project.task("evaluate", ["--run", "first"]);
      assertSucceeds(scored);
      assertMatch(scored.stdout, /IoU/);
      const other = await project.task("train", [...CITYSCAPES, ...TRAINING, "--size", "64x32"]);
      assertEquals(other.code, 1);
      assertStringIncludes(other.stderr, "use --size 256x128 --images nearest");
      const runs = [...Deno.readDirSync(project.path("data", "runs"))].map(({ name }) => name);
      assertEquals(runs, ["first"]);
    }),
});

Deno.test("download of CamVid from another address, whose size is not said", () =>
  withProject(async (project) => {
    const data = Uint8Array.of(1);
    const folders = ["train", "trainannot", "val", "valannot"];
    const zip = makeZip(folders.map((folder) => ({ name: `x/CamVid/${folder}/1.png`, data })));
    await using server = new MisbehavingServer(file(zip, { noLength: true, ranges: false }));
    const result = await download(project, ["--data", "camvid", "--url", `${server.origin}/a.zip`]);
    assertSucceeds(result);
    assertEquals(
      result.stdout,
      [
        "train: 1 images, 1 label images",
        "val: 1 images, 1 label images",
        "camvid is in data/camvid; next: deno task train --data camvid\n",
      ].join("\n"),
    );
    assertMatch(result.stderr, /^Downloading camvid\.zip {2}0 MB$/m);
  }));

for (const [signal, exit] of [["SIGTERM", 143], ["SIGKILL", 137]] as const) {
  Deno.test(`download that gets ${signal} keeps what it has; the same command goes on`, () =>
    withProject(async (project) => {
      const { gtFine, leftImg8bit } = smallArchives();
      const answer = inTurn(file(gtFine, { stall: 600 }), file(gtFine), file(leftImg8bit));
      await using server = new MisbehavingServer(answer);
      const address = (name: string) => `${server.origin}/${name}.zip`;
      const given = ["--gt-fine", address("gt"), "--left-img", address("images")];
      const started = project.start("download", [...CITYSCAPES, ...given]);
      const part = project.path("set", "archives", "gtFine.zip.part");
      while (sizeOf(part) < 600) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      started.kill(signal);
      assertEquals((await started.end()).code, exit);
      assertSucceeds(await download(project, [...CITYSCAPES, ...given]));
      assertEquals(server.sent, gtFine.length + leftImg8bit.length);
    }));
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

Deno.test("download asks for the account on a terminal and does not show the password", {
  ignore: Deno.build.os === "windows",
}, () =>
  withProject(async (project) => {
    const { gtFine, leftImg8bit } = smallArchives();
    const answer = cityscapesSite({ 1: file(gtFine), 3: file(leftImg8bit) });
    await using server = new MisbehavingServer(answer);
    const { CITYSCAPES_USERNAME: _, CITYSCAPES_PASSWORD: __, ...env } = environment(server);
    const script = fileURLToPath(new URL("./_terminal.py", import.meta.url));
    const { code, stdout } = await new Deno.Command("python3", {
      args: [script, Deno.execPath(), "task", "--quiet", "download", ...CITYSCAPES],
      cwd: project.folder,
      env: { ...env, ANSWERS: JSON.stringify([ACCOUNT.username, ACCOUNT.password]) },
    }).output();
    const shown = new TextDecoder().decode(stdout);
    assertEquals(code, 0, shown);
    assertStringIncludes(shown, ACCOUNT.username);
    assertStringIncludes(shown, "train: 2 images, 2 label images");
    assert(!shown.includes(ACCOUNT.password.slice(0, 8)), shown);
  }));

for (
  const [args, fault] of [
    [[], "required option '--data <name>' not specified"],
    [["--data", "camvid", "--gt-fine", "a.zip"], "--gt-fine is for --data cityscapes"],
    [["--data", "cityscapes", "--url", "a.zip"], "--url is for --data camvid"],
    [["--data", "cityscapes", "--size", "8x4"], "--size is for --prepare-on-the-fly"],
    [["--data", "cityscapes", "--split", "extra"], "Allowed choices are train, val, test"],
  ] as const
) {
  Deno.test(`download ${args.join(" ")} is wrong usage`, () =>
    withProject(async (project) => {
      const { code, stderr } = await download(project, [...args]);
      assertEquals(code, 2);
      assertStringIncludes(stderr, fault);
    }));
}

Deno.test("download without an account or a terminal says what to set", () =>
  withProject(async (project) => {
    const env = { CITYSCAPES_USERNAME: "", CITYSCAPES_PASSWORD: "" };
    const { code, stderr } = await download(project, CITYSCAPES, env);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "set CITYSCAPES_USERNAME and CITYSCAPES_PASSWORD");
  }));
