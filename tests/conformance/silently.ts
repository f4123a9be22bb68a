import process from "node:process";

const CONSOLE_METHODS = ["debug", "error", "info", "log", "warn"] as const;

/**
 * Turns away what is written to the console and to Node's standard streams meanwhile, with which
 * the suites chat a lot.
 *
 * @returns What `work` gives.
 */
export async function silently<T>(work: () => Promise<T>): Promise<T> {
  const streams: { write: unknown }[] = [process.stdout, process.stderr];
  const restore = [
    ...CONSOLE_METHODS.map((method) => replace(console, method, () => {})),
    ...streams.map((stream) => replace(stream, "write", () => true)),
    replace(process, "emitWarning", () => {}),
  ];
  try {
    return await work();
  } finally {
    restore.forEach((undo) => undo());
  }
}

function replace<T, K extends keyof T>(object: T, key: K, value: T[K]): () => void {
  const old = object[key];
  object[key] = value;
  return () => void (object[key] = old);
}
