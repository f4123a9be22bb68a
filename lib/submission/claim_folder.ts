import { join } from "node:path";
import { exists, writeAtomically } from "../system/mod.ts";

/** Says what a package is made of, and that its folder is one of this library. */
const NOTE = "made_of.txt";

/**
 * Takes a folder for a package. What is there of a package that is made of something else is removed;
 * what is not this library's own is left alone.
 *
 * @param folder The folder, made if it is absent.
 * @param options What the package depends on, as a text, and the names of its files and folders.
 * @returns Whether something of another package was there.
 * @throws {Error} if there is something of these names that this library did not write.
 */
export async function claimFolder(
  folder: string,
  { madeOf, files }: { madeOf: string; files: readonly string[] },
): Promise<boolean> {
  const note = join(folder, NOTE);
  const before = exists(note) ? await Deno.readTextFile(note) : undefined;
  const there = files.map((name) => join(folder, name)).filter(exists);
  if (before === undefined && there[0] !== undefined) {
    throw new Error(
      `Cannot write a package into ${folder}: expected an empty folder or one of its own, ` +
        `got one with ${there[0]}; choose another`,
    );
  }
  const isOther = before !== undefined && before !== madeOf && there.length > 0;
  if (isOther) { for (const path of there) await Deno.remove(path, { recursive: true }); }
  await Deno.mkdir(folder, { recursive: true });
  await writeAtomically(note, madeOf);
  return isOther;
}
