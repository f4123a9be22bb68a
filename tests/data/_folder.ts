import { dirname, join } from "node:path";

/** A folder for the time of a test. */
export interface Folder {
  /** A path in it. */
  at(...names: string[]): string;
  /** Writes a file and the folders that it needs, and gives its path. */
  write(name: string, data?: Uint8Array): Promise<string>;
}

/** Works in a folder that is removed afterwards. */
export async function withFolder(work: (folder: Folder) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  const at = (...names: string[]) => join(root, ...names);
  const write = async (name: string, data = new Uint8Array()) => {
    await Deno.mkdir(dirname(at(name)), { recursive: true });
    await Deno.writeFile(at(name), data);
    return at(name);
  };
  try {
    await work({ at, write });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
