import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { writeAtomically } from "../../lib/system/mod.ts";

Deno.test("writeAtomically() replaces a file and leaves nothing else behind", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "file.txt");
  await writeAtomically(path, "first, which is longer");
  await writeAtomically(path, new TextEncoder().encode("second"));
  assertEquals(await Deno.readTextFile(path), "second");
  // A folder cannot be replaced by a file.
  await Deno.mkdir(join(folder, "full", "of"), { recursive: true });
  await assertRejects(() => writeAtomically(join(folder, "full"), "third"));
  await assertRejects(() => writeAtomically(join(folder, "none", "file.txt"), "fourth"));
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assertEquals(names, ["file.txt", "full"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("writeAtomically() names the file that does not fit, and keeps what was there", async () => {
  const folder = await Deno.makeTempDir(), path = join(folder, "file.txt");
  await writeAtomically(path, "first");
  const module = import.meta.resolve("../../lib/system/write_atomically.ts");
  const code = `import { writeAtomically } from ${JSON.stringify(module)};
    await writeAtomically(${JSON.stringify(path)}, "x".repeat(120_000_000));`;
  // No file may have more than 50 MiB, and to go beyond that is an error rather than a signal.
  const limited = `trap "" XFSZ; ulimit -f 102400; exec "$0" eval --no-check "$1"`;
  const args = ["-c", limited, Deno.execPath(), code];
  const { stderr } = await new Deno.Command("sh", { args, env: { NO_COLOR: "1" } }).output();
  assertStringIncludes(new TextDecoder().decode(stderr), `(os error 27): write '${path}'`);
  assertEquals(await Deno.readTextFile(path), "first");
  assertEquals([...Deno.readDirSync(folder)].length, 1);
  await Deno.remove(folder, { recursive: true });
});
