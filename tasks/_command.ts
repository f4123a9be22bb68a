// What the commands of this folder share: usage, errors, signals and exit codes.

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { dirname } from "node:path";

/** Exit codes: 0 is success. */
const FAILURE = 1, WRONG_USAGE = 2, SIGNALLED = 128;
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;
/** A Ctrl-C may come twice within it: from the terminal, and passed on by `deno task`. */
const SAME_SIGNAL_MS = 2000;
const WIDTH = 100;

/** Options that are right each by itself but not together. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A command `deno task <name>` that prints its usage on `--help`. */
export function command(name: string, description: string): Command {
  return new Command(`deno task ${name}`)
    .description(description)
    .helpOption("-h, --help", "show this help")
    .configureHelp({ helpWidth: WIDTH })
    .showHelpAfterError(`(deno task ${name} --help says more)`)
    .exitOverride();
}

/**
 * Runs a command to its end and exits: 0 on success, 1 on a failure, 2 on wrong usage, 130 and 143
 * after SIGINT and SIGTERM.
 *
 * @param parsed The command; its arguments are taken from the command line.
 * @param work What it does. The signal fires at SIGINT and SIGTERM; `work` then ends what it has
 *   under way. A further signal, two seconds later or more, ends the process at once.
 */
export async function run(
  parsed: Command,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<never> {
  try {
    parsed.parse(Deno.args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    Deno.exit(error.exitCode === 0 ? 0 : WRONG_USAGE);
  }
  const controller = new AbortController();
  let code = 0, since = 0;
  for (const [name, number] of Object.entries(SIGNALS)) {
    Deno.addSignalListener(name as keyof typeof SIGNALS, () => {
      if (code) {
        if (performance.now() - since > SAME_SIGNAL_MS) Deno.exit(code);
        return;
      }
      [code, since] = [SIGNALLED + number, performance.now()];
      console.error(
        `\n${name}: finishing what is under way; a second one, after two seconds, ends it at once`,
      );
      controller.abort(new Error(`${name} received`));
    });
  }
  try {
    await work(controller.signal);
  } catch (error) {
    if (error !== controller.signal.reason) {
      console.error(`error: ${error instanceof Error ? error.message : error}`);
      if (Deno.env.get("DENOSCAPES_TRACE")) console.error(error);
    }
    code ||= error instanceof UsageError ? WRONG_USAGE : FAILURE;
  }
  Deno.exit(code);
}

/** An option with a few choices, the first of which is the default. */
export function choice(flags: string, about: string, choices: readonly string[]): Option {
  return new Option(flags, about).choices(choices).default(choices[0]);
}

/** An option that is a size such as `256x128`, which `preset`, if there is one, is by default. */
export function sizeOption(flags: string, about: string, preset?: string): Option {
  const option = new Option(flags, about).argParser(imageSize);
  return preset ? option.default(imageSize(preset), preset) : option;
}

/** Reads a whole number of at least `least`. */
export function wholeNumber(least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(number) && number >= least && number <= most) {
      return number;
    }
    const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`Expected a whole number ${range}.`);
  };
}

/** Reads a number above 0. */
export function positiveNumber(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError("Expected a number above 0.");
}

/** Reads a number from 0 to below 1. */
export function shareBelowOne(text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && number >= 0 && number < 1) return number;
  throw new InvalidArgumentError("Expected a number from 0 to below 1.");
}

/** Reads a size such as `256x128`, the width first. */
function imageSize(text: string): { width: number; height: number } {
  const [, width, height] = /^([1-9]\d*)x([1-9]\d*)$/.exec(text) ?? [];
  if (width && height) return { width: Number(width), height: Number(height) };
  throw new InvalidArgumentError("Expected a width and a height, as in 256x128.");
}

/**
 * Writes a result for other programs.
 *
 * @param flag The option that named the file, for the error.
 * @throws {Error} naming the file if it cannot be written.
 */
export async function writeJson(path: string, value: unknown, flag = "--json"): Promise<void> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, JSON.stringify(value, null, 2) + "\n");
  } catch (error) {
    throw new Error(`Cannot write ${flag} ${path}: ${(error as Error).message}`, { cause: error });
  }
}
