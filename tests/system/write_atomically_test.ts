import { assertEquals, assertRejects } from "@std/assert";
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
