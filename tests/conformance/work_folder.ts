import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TEST_OBJECTS = fileURLToPath(new URL("test_objects", import.meta.url));

/**
 * Works in a temporary folder, which is the current one meanwhile, since the suites read and write
 * there. It has the files that tfjs-node-gpu's tests read from the root of their repository.
 *
 * @param work Is given the folder.
 * @returns What `work` gives.
 */
export async function inWorkFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const before = Deno.cwd();
  const folder = await Deno.makeTempDir({ prefix: "denoscapes-conformance-" });
  try {
    cpSync(TEST_OBJECTS, join(folder, "test_objects"), { recursive: true });
    // Read as something that is no image. In this repository Deno would take it for its own.
    await Deno.writeTextFile(join(folder, "package.json"), "{}");
    Deno.chdir(folder);
    return await work(folder);
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
}
