import { join } from "node:path";
import { exists } from "./exists.ts";
import { withFileLock } from "./file_lock.ts";
import { findPython } from "./find_python.ts";
import { runCommand, type RunCommandOptions } from "./run_command.ts";

/** What a {@linkcode virtualEnvironment} is made of. */
export interface VirtualEnvironment {
  /** Its folder. */
  folder: string;
  /** Lists of arguments of `pip install`, one call each. */
  installs: readonly (readonly string[])[];
  /** The oldest Python that will do. @default {[3, 8]} */
  python?: readonly [major: number, minor: number];
}

/** Says what a finished environment was made of. */
const READY = "ready.json";

/**
 * Makes a Python virtual environment with some packages, once: what is there and was made of the same
 * packages is used as it is.
 *
 * @returns The path of its Python.
 * @throws {Error} with what Python or pip said last.
 */
export async function virtualEnvironment(
  { folder, installs, python: least = [3, 8] }: VirtualEnvironment,
  options: Pick<RunCommandOptions, "env" | "signal"> & { onInstall?: () => void } = {},
): Promise<string> {
  const python = join(folder, "bin", "python");
  const ready = join(folder, READY);
  const content = JSON.stringify(installs);
  const fail = (reason: string) =>
    new Error(`Cannot make the virtual environment ${folder}: ${reason}`);
  const run = async (program: string, args: readonly string[]) => {
    const result = await runCommand(program, [...args], options);
    if (result?.code !== 0) throw fail(lastLines(result?.stderr.trim() || result?.stdout || ""));
  };
  await Deno.mkdir(join(folder, ".."), { recursive: true });
  await withFileLock(`${folder}.lock`, async () => {
    if (exists(ready) && await Deno.readTextFile(ready) === content) return;
    options.onInstall?.();
    const maker = await findPython(least);
    if (!maker) throw fail(`there is no Python ${least.join(".")} or later`);
    await run(maker, ["-m", "venv", "--clear", folder]);
    for (const args of installs) {
      await run(python, ["-m", "pip", "install", "-q", "--disable-pip-version-check", ...args]);
    }
    await Deno.writeTextFile(ready, content);
  });
  return python;
}

/** Python says what is missing, and what to install, some lines before the last. */
function lastLines(output: string): string {
  return output.trim().split("\n").slice(-8).join("\n");
}
