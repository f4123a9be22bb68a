import { fileURLToPath } from "node:url";

/**
 * The folder of a real dataset that some machines have beside the project.
 *
 * @param name `"camvid"` or `"cityscapes"`.
 * @returns Its path and whether it is there; a test without it is to be ignored.
 */
export function sharedData(name: string): { root: string; absent: boolean } {
  const root = fileURLToPath(new URL(`../../shared/data/${name}`, import.meta.url));
  try {
    Deno.statSync(root);
    return { root, absent: false };
  } catch {
    return { root, absent: true };
  }
}
