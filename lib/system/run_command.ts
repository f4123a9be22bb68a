/** Options of {@linkcode runCommand}. */
export interface RunCommandOptions {
  /** Variables to set beside those of this process. */
  env?: Record<string, string>;
  /** Ends the command when it fires. */
  signal?: AbortSignal | undefined;
  /** Hears each piece of standard output as it comes. */
  onOutput?: (text: string) => void;
}

/** How a command ended. */
export interface CommandResult {
  /** The exit code; 0 is success. */
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end without a shell and collects what it prints.
 *
 * @param program Its name or path.
 * @param args Its arguments.
 * @returns How it ended, or `undefined` where there is no such program.
 */
export async function runCommand(
  program: string,
  args: string[],
  options: RunCommandOptions = {},
): Promise<CommandResult | undefined> {
  options.signal?.throwIfAborted();
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...(options.env && { env: options.env }),
      ...(options.signal && { signal: options.signal }),
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const output = Promise.all([collect(child.stdout, options.onOutput), collect(child.stderr)]);
  const { code } = await child.status;
  // The pipes may be held open by children of it that live on.
  if (options.signal?.aborted) output.catch(() => {});
  options.signal?.throwIfAborted();
  const [stdout, stderr] = await output;
  return { code, stdout, stderr };
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  onText?: (text: string) => void,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    const piece = decoder.decode(chunk, { stream: true });
    text += piece;
    onText?.(piece);
  }
  return text;
}
