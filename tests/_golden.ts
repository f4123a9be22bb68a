/**
 * Reads a file that `golden/make_golden.py` made with other people's programs.
 *
 * @param name The file's name without its ending.
 */
export function golden<T>(name: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(`golden/${name}.json`, import.meta.url)));
}
