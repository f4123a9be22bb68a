import { runCommand } from "./run_command.ts";

const NAMES = ["python3", "python"];

/** Names the interpreter itself: a shim would live on when it is told to end. */
const CHECK = "import sys; assert sys.version_info >= (3, 8); print(sys.executable)";

/**
 * The Python to call.
 *
 * @returns The path of the interpreter behind `python3` or `python`, or `undefined`.
 */
export async function findPython(): Promise<string | undefined> {
  for (const name of NAMES) {
    const result = await runCommand(name, ["-c", CHECK]);
    const path = result?.code === 0 ? lastLine(result.stdout) : "";
    if (path) return path;
  }
}

/** What was printed last: modules that Python loads at its start may have printed before. */
export function lastLine(output: string): string {
  return output.trimEnd().split("\n").at(-1)!.trim();
}
