import { runCommand } from "./run_command.ts";

const NAMES = ["python3", "python"];

/**
 * The Python to call.
 *
 * @param least The oldest version that will do.
 * @returns The path of the interpreter behind `python3` or `python`, or `undefined`.
 */
export async function findPython(
  least: readonly [major: number, minor: number] = [3, 8],
): Promise<string | undefined> {
  // It names the interpreter itself: a shim would live on when it is told to end.
  const check = `import sys; assert sys.version_info >= (${least}); print(sys.executable)`;
  for (const name of NAMES) {
    const result = await runCommand(name, ["-c", check]);
    const path = result?.code === 0 ? lastLine(result.stdout) : "";
    if (path) return path;
  }
}

/** What was printed last: modules that Python loads at its start may have printed before. */
export function lastLine(output: string): string {
  return output.trimEnd().split("\n").at(-1)!.trim();
}
