import { writeAtomically } from "./write_atomically.ts";

/**
 * Reads a small JSON file of this project's own.
 *
 * @returns What it holds, or `undefined` if it is absent or was not written to its end.
 */
export async function readNote<T>(path: string): Promise<Partial<T> | undefined> {
  try {
    const value = JSON.parse(await Deno.readTextFile(path));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes what {@linkcode readNote} reads. */
export async function writeNote(path: string, note: object): Promise<void> {
  await writeAtomically(path, JSON.stringify(note, null, 2) + "\n");
}
