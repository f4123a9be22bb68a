// Real child processes, as people start them.

import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));

/** How a process ended. */
export interface ProgramResult {
  code: number;
  /** The signal that killed it, if one did. */
  signal: Deno.Signal | null;
  stdout: string;
  stderr: string;
}

/** Options of {@linkcode runProgram}. */
export interface ProgramOptions {
  /** Variables set beside those of this process. */
  env?: Record<string, string>;
  /** Whether only the variables in `env` are set. */
  clearEnv?: boolean;
  /** Further flags of `deno run`. */
  flags?: string[];
  /** The working folder; the project's by default. */
  cwd?: string;
}

/** Runs Deno with arguments in the project's folder. */
export async function runDeno(
  args: string[],
  { flags: _, ...options }: ProgramOptions = {},
): Promise<ProgramResult> {
  const output = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: PROJECT,
    stdin: "null",
    ...options,
    env: { NO_COLOR: "1", ...options.env },
  }).output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    signal: output.signal,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/** Runs a module given as text, which may import from the project's folder as `./`. */
export async function runModule(
  text: string,
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  // A file in the project's folder, so that deno.json counts; hidden, so that no tool sees it.
  const path = await Deno.makeTempFile({ dir: PROJECT, prefix: ".test-", suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, text);
    return await runDeno(["run", "-A", "--no-lock", ...options.flags ?? [], path], options);
  } finally {
    await Deno.remove(path);
  }
}
