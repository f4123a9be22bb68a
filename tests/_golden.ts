/**
 * Reads a file that a program beside it made with those of others.
 *
 * @param name The file's name without its ending.
 */
export function golden<T>(name: string): T {
  return JSON.parse(Deno.readTextFileSync(new URL(`golden/${name}.json`, import.meta.url)));
}
