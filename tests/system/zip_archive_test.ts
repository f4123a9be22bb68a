import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ArchiveError, freeSpace, runCommand, ZipArchive } from "../../lib/system/mod.ts";
import { deflatedZeros, makeZip, type ZipPart } from "../_zip_files.ts";

const text = (words: string) => new TextEncoder().encode(words);
const GOOD: ZipPart[] = [
  { name: "a/", mode: 0o040755 },
  { name: "a/one.txt", data: text("one") },
  { name: "a/b/two.txt", data: text("two ".repeat(1000)), deflate: true },
  { name: "three.txt" },
];

/** A folder with a zip, and in it the folder to unpack into. */
interface Place {
  zip: string;
  target: string;
  root: string;
  /** All files below the root, with their texts where they are short. */
  files(): string[];
}

async function withZip(
  content: readonly ZipPart[] | Uint8Array,
  work: (place: Place) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  const target = join(root, "x", "y", "target"), zip = join(root, "archive.zip");
  await Deno.mkdir(target, { recursive: true });
  await Deno.writeFile(zip, content instanceof Uint8Array ? content : makeZip(content));
  try {
    await work({ zip, target, root, files: () => filesIn(root).sort() });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function filesIn(folder: string, name = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = join(folder, entry.name), inner = join(name, entry.name);
    return entry.isDirectory ? filesIn(path, inner) : [inner];
  });
}

async function unpack({ zip, target }: Place): Promise<number> {
  await using archive = await ZipArchive.open(zip);
  return await archive.unpack(target);
}

Deno.test("unpack() writes every file of an archive, checked", () =>
  withZip(GOOD, async (place) => {
    assertEquals(await unpack(place), 3);
    const files = ["a/b/two.txt", "a/one.txt", "three.txt"].map((name) => `x/y/target/${name}`);
    assertEquals(place.files(), ["archive.zip", ...files]);
    assertEquals(await Deno.readTextFile(join(place.target, "a/one.txt")), "one");
    assertEquals((await Deno.stat(join(place.target, "a/b/two.txt"))).size, 4000);
  }));

Deno.test("unpack() takes what is wanted where it is wanted, and reports bytes", () =>
  withZip(GOOD, async ({ zip, target }) => {
    await using archive = await ZipArchive.open(zip);
    const told: string[] = [];
    const count = await archive.unpack(target, {
      target: (name) => /^a\/(.*)$/.exec(name)?.[1],
      onProgress: ({ task, done, total, unit }) => told.push(`${task} ${done}/${total} ${unit}`),
    });
    assertEquals(count, 2);
    assertEquals(filesIn(target).sort(), ["b/two.txt", "one.txt"]);
    assertEquals(told, [
      "Unpacking archive.zip 3/4003 bytes",
      "Unpacking archive.zip 4003/4003 bytes",
    ]);
  }));

Deno.test("unpack() goes on where it was stopped", () =>
  withZip(GOOD, async (place) => {
    const controller = new AbortController();
    {
      await using archive = await ZipArchive.open(place.zip);
      const onProgress = () => controller.abort(new Error("enough"));
      const unpacking = () =>
        archive.unpack(place.target, { signal: controller.signal, onProgress });
      await assertRejects(unpacking, Error, "enough");
    }
    assertEquals(filesIn(place.target), ["a/one.txt"]);
    const before = await Deno.stat(join(place.target, "a/one.txt"));
    assertEquals(await unpack(place), 3);
    assertEquals((await Deno.stat(join(place.target, "a/one.txt"))).ino, before.ino);
    assertEquals(filesIn(place.target).length, 3);
  }));

Deno.test("unpack() and read() take Zip64 archives of another program", () =>
  withZip(GOOD, async ({ zip, target }) => {
    const script = "import sys, zipfile\n" +
      "with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:\n" +
      "  with z.open('big.txt', 'w', force_zip64=True) as f: f.write(b'big ' * 1000)\n";
    const made = await runCommand("python3", ["-c", script, zip]);
    assertEquals(made?.code, 0);
    await using archive = await ZipArchive.open(zip);
    assertEquals(archive.files, [{ name: "big.txt", size: 4000 }]);
    assertEquals(await archive.unpack(target), 1);
    assertEquals((await archive.read("big.txt")).length, 4000);
    await assertRejects(() => archive.read("big.txt", { maxBytes: 100 }), ArchiveError, "has 4 kB");
  }));

/** Archives that are refused before anything is written. */
const HOSTILE: Record<string, [part: ZipPart, fault: string]> = {
  "a path that leads out": [{ name: "../x", data: text("x") }, '"../x" leads out of the folder'],
  "a path that leads out further down": [{ name: "a/../../x" }, "leads out of the folder"],
  "an absolute path": [{ name: "/tmp/x" }, '"/tmp/x" has an absolute path'],
  "a drive": [{ name: "C:/x" }, "has an absolute path"],
  "backslashes": [{ name: "..\\x" }, "has a backslash in its name"],
  "a zero byte": [{ name: "x\0.png" }, '"x\\u0000.png" has a zero byte in its name'],
  "an empty folder name": [{ name: "a//x" }, "has no plain path"],
  "a symbolic link": [
    { name: "link", data: text("/etc"), mode: 0o120777 },
    '"link" is a symbolic link',
  ],
  "a device": [{ name: "device", mode: 0o020666 }, "is no ordinary file"],
  "an encrypted entry": [{ name: "secret", flags: 1 }, '"secret" is encrypted'],
  "a name that is there twice": [{ name: "a/one.txt" }, '"a/one.txt" is there twice'],
  "names that differ in case": [{ name: "A/One.txt" }, '"A/One.txt" is there twice'],
  "a file that is a folder too": [{ name: "three.txt/x" }, "is a file and the folder of"],
  "more than the disk has": [{ name: "vast", size: 2 ** 32 - 2 }, "free space"],
};

for (const [what, [part, fault]] of Object.entries(HOSTILE)) {
  Deno.test(`an archive with ${what} is refused, and nothing written`, async () => {
    // Four gigabytes at a time, until they are more than there is room for.
    const count = part.name === "vast" ? Math.ceil(await freeSpace(".") / 2 ** 32) + 1 : 1;
    const parts = Array.from({ length: count }, (_, i) => i ? { ...part, name: `${i}` } : part);
    await withZip([...GOOD, ...parts], async (place) => {
      const { message } = await assertRejects(() => unpack(place), Error, fault);
      assertStringIncludes(message, `Cannot unpack ${place.zip}: `);
      assertEquals(place.files(), ["archive.zip"]);
    });
  });
}

/** Archives whose content turns out to be wrong while they are unpacked. */
const BROKEN: Record<string, [part: ZipPart, fault: string]> = {
  "a wrong checksum": [
    { name: "bad", data: text("bad"), crc: 1 },
    '"bad" does not match its checksum',
  ],
  "a wrong checksum of deflated data": [
    { name: "bad", data: text("bad"), crc: 1, deflate: true },
    '"bad" does not match its checksum',
  ],
  "less than is declared": [
    { name: "short", data: text("x"), size: 5 },
    '"short" does not hold the 5 B',
  ],
  "no deflated data": [{ name: "bad", compressed: text("what is this"), size: 9 }, '"bad" '],
  "an entry on top of another": [{ name: "over", data: text("one"), offset: 32 }, '"over" lies on'],
};

for (const [what, [part, fault]] of Object.entries(BROKEN)) {
  Deno.test(`an archive with ${what} is refused, and the file not left`, () =>
    withZip([...GOOD, part], async (place) => {
      await assertRejects(() => unpack(place), ArchiveError, fault);
      assertEquals(filesIn(place.target).length, 3);
    }));
}

Deno.test("10 GB declared as 1 MB are refused without being inflated", () =>
  withZip([{ name: "bomb", compressed: deflatedZeros(1000), size: 1e6 }], async (place) => {
    const start = performance.now();
    const fault = 'its entry "bomb" does not hold the 1 MB that the archive declares';
    await assertRejects(() => unpack(place), ArchiveError, fault);
    await using archive = await ZipArchive.open(place.zip);
    await assertRejects(() => archive.read("bomb"), ArchiveError, fault);
    assert(performance.now() - start < 10_000);
    assertEquals(place.files(), ["archive.zip"]);
  }));

Deno.test("an archive that is cut short, empty or no zip is refused by name", async () => {
  const whole = makeZip(GOOD);
  const page = text("<!doctype html>".repeat(20));
  for (const content of [whole.subarray(0, -10), whole.subarray(0, 100), page, text("")]) {
    await withZip(content, async (place) => {
      const fault = `Cannot unpack ${place.zip}: it is cut short or no zip; fetch it again`;
      await assertRejects(() => unpack(place), ArchiveError, fault);
    });
  }
});

Deno.test("unpack() does not write through a link in the target, nor over one", () =>
  withZip(GOOD, async (place) => {
    const outside = join(place.root, "outside");
    await Deno.mkdir(outside);
    await Deno.writeTextFile(join(outside, "kept.txt"), "kept");
    await Deno.symlink(join(outside, "kept.txt"), join(place.target, "three.txt"));
    await Deno.symlink(outside, join(place.target, "a"));
    await assertRejects(() => unpack(place), ArchiveError, "it would pass through the link");
    assertEquals(filesIn(outside), ["kept.txt"]);
    await Deno.remove(join(place.target, "a"));
    assertEquals(await unpack(place), 3);
    assertEquals(await Deno.readTextFile(join(outside, "kept.txt")), "kept");
    assert((await Deno.lstat(join(place.target, "three.txt"))).isFile);
  }));
