import { assert, assertEquals } from "@std/assert";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const LIB = fileURLToPath(new URL("../lib", import.meta.url));

/** What each room may import, besides itself; the README has the same list. */
const ROOMS: Record<string, string[]> = {
  system: [],
  tensorflow: ["system"],
  data: ["system", "tensorflow"],
  metrics: ["data"],
  models: ["tensorflow"],
  training: ["models", "metrics", "data", "tensorflow", "system"],
  submission: ["models", "data", "metrics", "training", "tensorflow", "system"],
  plot: ["metrics", "data", "system"],
  runs: ["training", "plot", "submission", "models", "metrics", "data", "tensorflow", "system"],
  jupyter: ["runs", "training", "plot", "metrics", "data", "tensorflow", "system"],
};

Deno.test("rooms import only rooms below them, and through their mod.ts", () => {
  const faults: string[] = [];
  for (const path of sourceFiles(LIB)) {
    const [room, ...rest] = relative(LIB, path).split("/");
    if (rest.length === 0) continue; // lib/mod.ts may import every room.
    for (const target of relativeImports(path)) {
      const [other, ...inside] = relative(LIB, target).split("/");
      if (other === room) continue;
      const allowed = ROOMS[room!]?.includes(other!) && inside.join("/") === "mod.ts";
      if (!allowed) faults.push(`${relative(LIB, path)} imports ${relative(LIB, target)}`);
    }
  }
  assertEquals(faults, []);
});

Deno.test("every room is in the list", () => {
  const rooms = [...Deno.readDirSync(LIB)].filter((entry) => entry.isDirectory);
  assertEquals(rooms.map(({ name }) => name).sort(), Object.keys(ROOMS).sort());
});

Deno.test("lib/mod.ts and every room's mod.ts only re-export", () => {
  const modules = [...sourceFiles(LIB)].filter((path) => path.endsWith("/mod.ts"));
  assert(modules.length > Object.keys(ROOMS).length);
  for (const path of modules) {
    const other = Deno.readTextFileSync(path).replaceAll(/export [^;]* from "[^"]+";/g, "").trim();
    assertEquals(other.replaceAll(/\/\*\*[^]*?\*\//g, "").trim(), "", path);
  }
});

function* sourceFiles(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sourceFiles(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

/** The files that a module imports or re-exports by relative paths, examples in comments left out. */
function relativeImports(path: string): string[] {
  const text = Deno.readTextFileSync(path).replaceAll(/\/\*\*[^]*?\*\//g, "");
  return [...text.matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)]
    .map(([, specifier]) => resolve(dirname(path), specifier!));
}
