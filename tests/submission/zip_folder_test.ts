import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { zipFolder } from "../../lib/mod.ts";
import { runCommand } from "../../lib/system/mod.ts";

Deno.test("zipFolder() packs the PNGs of a folder; Python's zipfile reads them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "in", "city"), { recursive: true });
    await Deno.writeTextFile(join(folder, "in", "city", "b.png"), "second");
    await Deno.writeTextFile(join(folder, "in", "a.png"), "first");
    await Deno.writeTextFile(join(folder, "in", "notes.txt"), "left out");
    const path = join(folder, "out.zip");
    assertEquals(await zipFolder(join(folder, "in"), path), 2);
    const script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); " +
      "print(z.testzip(), [(n, z.read(n).decode()) for n in z.namelist()])";
    const { stdout } = (await runCommand("python3", ["-c", script, path]))!;
    assertEquals(stdout.trim(), "None [('a.png', 'first'), ('city/b.png', 'second')]");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("zipFolder() leaves an older zip alone when it fails or is stopped", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "out.zip");
    await Deno.writeTextFile(path, "older");
    await Deno.mkdir(join(folder, "in"));
    await assertRejects(() => zipFolder(join(folder, "in"), path), Error, "no PNG in it");
    await Deno.writeTextFile(join(folder, "in", "a.png"), "first");
    const signal = AbortSignal.abort(new Error("enough"));
    await assertRejects(() => zipFolder(join(folder, "in"), path, { signal }), Error, "enough");
    assertEquals(await Deno.readTextFile(path), "older");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["in", "out.zip"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
