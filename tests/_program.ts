// Real child processes, as people start them.

import { fileURLToPath } from "node:url";

/** The project's folder. */
export const PROJECT = fileURLToPath(new URL("..", import.meta.url));

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
  /** What it reads on the standard input; nothing by default. */
  input?: string;
  /** The working folder; the project's by default. */
  cwd?: string;
}

/** Where Deno keeps its packages: a child whose cache folder is another one keeps to it. */
const DENO_DIR: string = JSON.parse(
  new TextDecoder().decode(
    (await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output()).stdout,
  ),
).denoDir;

/** Runs Deno with arguments in the project's folder. */
export async function runDeno(
  args: string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { flags: _, input, ...rest } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: PROJECT,
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...rest,
    env: { NO_COLOR: "1", DENO_DIR, ...options.env },
  }).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  }
  const output = await child.output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    signal: output.signal,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/** Runs a module given as text, which may import from the project's folder as `./`. */
export function runModule(text: string, options: ProgramOptions = {}): Promise<ProgramResult> {
  const args = ["run", "-A", "--quiet", ...options.flags ?? [], "-"];
  return runDeno(args, { ...options, input: text });
}
