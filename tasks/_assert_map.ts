// Tests import @std/assert from JSR. Where that registry cannot be reached, they run all the same on
// the stand-in in tests/std_assert.ts, by an import map made for the run.

import { pathToFileURL } from "node:url";

const STAND_IN = "tests/std_assert.ts";

/**
 * The flags that `deno check` and `deno test` need here: none where JSR can be reached, else the
 * import map of deno.json with the stand-in. It says so on the standard error.
 */
export async function assertMapFlags(): Promise<string[]> {
  const { imports } = JSON.parse(await Deno.readTextFile("deno.json"));
  const reached = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", "--no-lock", imports["@std/assert"]],
    stdout: "null",
    stderr: "null",
  }).output();
  if (reached.success) return [];
  console.error(`@std/assert cannot be fetched from JSR here; ${STAND_IN} stands in for it.`);
  const files = { "@std/assert": STAND_IN, denoscapes: imports.denoscapes };
  const urls = Object.entries(files).map(([name, path]) => [name, pathToFileURL(path).href]);
  const map = { imports: { ...withSubpaths(imports), ...Object.fromEntries(urls) } };
  // A data URL needs no file that someone would have to remove.
  return [`--import-map=data:application/json,${encodeURIComponent(JSON.stringify(map))}`];
}

/** deno.json lets an npm package's name stand for its inner paths too; an import map says so. */
function withSubpaths(imports: Record<string, string>): Record<string, string> {
  const inner = Object.entries(imports)
    .filter(([, target]) => target.startsWith("npm:"))
    .map(([name, target]) => [`${name}/`, `npm:/${target.slice("npm:".length)}/`]);
  return { ...imports, ...Object.fromEntries(inner) };
}
