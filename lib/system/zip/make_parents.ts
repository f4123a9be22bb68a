import { join } from "node:path";
import { lstat } from "../lstat.ts";

/**
 * Makes the folders of a path below a root, without passing through a symbolic link.
 *
 * @param root The folder that all stays in; it may itself be reached by a link.
 * @param name A path relative to it, with slashes.
 * @returns The path as a whole.
 * @throws {Error} if there is a link, or a file, where a folder is needed.
 */
export async function makeParents(root: string, name: string): Promise<string> {
  const fail = (reason: string) => new Error(`Cannot write ${join(root, name)}: ${reason}`);
  const parts = name.split("/").slice(0, -1);
  for (let length = 1; length <= parts.length; length++) {
    const folder = join(root, ...parts.slice(0, length));
    const info = await lstat(folder);
    if (!info) await Deno.mkdir(folder, { recursive: true });
    else if (info.isSymlink) throw fail(`it would pass through the link ${folder}`);
    else if (!info.isDirectory) throw fail(`${folder} is no folder`);
  }
  return join(root, name);
}
