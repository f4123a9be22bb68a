/** Options of {@linkcode replaceRegions}. */
export interface RegionOptions {
  /** The lines that stand in place of each region, indented as its first line; none by default. */
  by?: string;
  /** Says what is wrong with the lines of a region, if anything is. */
  check?: (line: string) => string | undefined;
}

/**
 * Replaces the regions of a source between a line with `BEGIN <name>` and one with `END <name>`,
 * those lines with them.
 *
 * @param source The text of a cell.
 * @param name The region's name, such as `"SOLUTION"`.
 * @returns The new text, or `undefined` if there is no such region.
 * @throws {Error} if a region has no end or no beginning, or begins in another one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { replaceRegions } from "./source_regions.ts";
 *
 * const source = "f() {\n  // ### BEGIN SOLUTION\n  return 1;\n  // ### END SOLUTION\n}";
 * assertEquals(replaceRegions(source, "SOLUTION", { by: "// yours" }), "f() {\n  // yours\n}");
 * ```
 */
export function replaceRegions(
  source: string,
  name: string,
  { by, check }: RegionOptions = {},
): string | undefined {
  const begin = `BEGIN ${name}`, end = `END ${name}`;
  const lines: string[] = [];
  let isInside = false, found = false;
  for (const line of source.split("\n")) {
    if (line.includes(begin)) {
      if (isInside) throw new Error(`${begin} within another ${begin}`);
      isInside = found = true;
      const [indent] = /^\s*/.exec(line)!;
      for (const stub of by?.split("\n") ?? []) lines.push(indent + stub);
    } else if (line.includes(end)) {
      if (!isInside) throw new Error(`${end} without ${begin}`);
      isInside = false;
    } else if (!isInside) {
      lines.push(line);
    } else {
      const fault = check?.(line);
      if (fault) throw new Error(fault);
    }
  }
  if (isInside) throw new Error(`${begin} without ${end}`);
  return found ? lines.join("\n") : undefined;
}
