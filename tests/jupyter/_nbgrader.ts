// The real nbgrader, for tests that compare with it.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, virtualEnvironment } from "../../lib/system/mod.ts";

const PACKAGES = ["nbgrader==0.9.6"];
const CONFIG = fileURLToPath(new URL("../../notebooks/nbgrader_config.py", import.meta.url));
const COURSE = "streets";

/** A Python with nbgrader, or why there is none. */
export type NbgraderPython = { python: string } | { absent: string };

/** Finds or makes a Python with nbgrader in the project's cache, about half a minute once. */
export async function nbgraderPython(): Promise<NbgraderPython> {
  const folder = join(cacheFolder(), "nbgrader-python");
  const onInstall = () => console.log("fetching nbgrader, once");
  try {
    return { python: await virtualEnvironment({ folder, installs: [PACKAGES] }, { onInstall }) };
  } catch (error) {
    return { absent: (error as Error).message };
  }
}

/**
 * What `nbgrader generate_assignment` makes of a notebook with the project's config.
 *
 * @param path The teacher's notebook.
 * @returns The text of the students' copy.
 * @throws {Error} with nbgrader's log if it refuses.
 */
export async function generateAssignment(python: string, path: string): Promise<string> {
  const course = await Deno.makeTempDir();
  try {
    const source = join(course, "source", COURSE);
    await Deno.mkdir(source, { recursive: true });
    await Deno.copyFile(path, join(source, "assignment.ipynb"));
    await Deno.copyFile(CONFIG, join(course, "nbgrader_config.py"));
    const { code, stderr } = await new Deno.Command(python, {
      args: ["-m", "nbgrader", "generate_assignment", COURSE],
      cwd: course,
      // As in an activated environment: nbgrader calls alembic by its name.
      env: { HOME: course, PATH: `${dirname(python)}:${Deno.env.get("PATH")}` },
      stderr: "piped",
    }).output();
    if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
    return await Deno.readTextFile(join(course, "release", COURSE, "assignment.ipynb"));
  } finally {
    await Deno.remove(course, { recursive: true });
  }
}
