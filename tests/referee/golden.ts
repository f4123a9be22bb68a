import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "../../lib/system/mod.ts";

const GOLDEN = fileURLToPath(new URL("../golden", import.meta.url));
const MAKERS = ["make_golden.py", "make_scores.py"];
/** Another version of a program may round otherwise. */
const RELATIVE = 1e-4;

/** What became of a golden file when it was made anew. */
export interface GoldenFile {
  name: string;
  /** Where it is not what the committed one says; absent where it is. */
  differs?: string;
}

/**
 * Makes the golden files anew, into an empty folder, and compares them with the committed ones:
 * numbers up to a part in 10,000, all else exactly.
 *
 * @param python A Python with what the makers need.
 * @param options The folder to make them in, and whether they then replace the committed ones.
 */
export async function refereeGolden(
  python: string,
  { folder, write = false }: { folder: string; write?: boolean },
): Promise<GoldenFile[]> {
  for (const maker of MAKERS) {
    const result = await runCommand(python, [join(GOLDEN, maker), "--out", folder]);
    if (result?.code !== 0) throw new Error(`${maker} failed: ${result?.stderr}`);
  }
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const files: GoldenFile[] = [];
  for (const name of names) {
    const [made, before] = await Promise.all([read(join(folder, name)), read(join(GOLDEN, name))]);
    const differs = difference(made, before, "");
    files.push({ name, ...differs !== undefined && { differs } });
    if (write) await Deno.copyFile(join(folder, name), join(GOLDEN, name));
  }
  if (write) await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", GOLDEN] }).output();
  return files;
}

async function read(path: string): Promise<unknown> {
  if (path.endsWith(".json")) return JSON.parse(await Deno.readTextFile(path));
  return (await Deno.readFile(path)).toBase64();
}

/** The first place where two values differ. */
function difference(made: unknown, before: unknown, at: string): string | undefined {
  if (typeof made === "number" && typeof before === "number") {
    const within = RELATIVE * Math.max(Math.abs(before), 1e-3);
    return Math.abs(made - before) <= within ? undefined : `${at}: ${made}, before ${before}`;
  }
  if (typeof made !== "object" || typeof before !== "object" || !made || !before) {
    return made === before ? undefined : `${at}: another value`;
  }
  if (Object.keys(made).join() !== Object.keys(before).join()) return `${at}: other entries`;
  for (const [key, value] of Object.entries(made)) {
    const found = difference(value, (before as Record<string, unknown>)[key], `${at}.${key}`);
    if (found !== undefined) return found;
  }
}
