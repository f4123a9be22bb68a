/**
 * The specs that tfjs-node-gpu's own test runner leaves out: parts of full names. They are for ops
 * that TensorFlow has not, or does otherwise than the browser's backends.
 *
 * @param runner The path of the package's `run_tests.js`, which would run the tests if it were
 *   imported.
 * @throws {Error} if the file has no such list.
 */
export async function readIgnoreList(runner: string): Promise<string[]> {
  const source = await Deno.readTextFile(runner);
  const [, list] = /^var IGNORE_LIST = \[\n(.*?)^\];/ms.exec(source) ?? [];
  if (!list) throw new Error(`Cannot read the ignore list of ${runner}: expected IGNORE_LIST`);
  return Array.from(list.matchAll(/^ *'(.*)',?$/gm), ([, text]) => text!);
}
