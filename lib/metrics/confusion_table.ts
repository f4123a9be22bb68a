import type { BenchmarkCounts } from "./benchmark_counts.ts";

/** How much of a name heads a column. */
const HEAD = 4;

/**
 * Where the pixels of each true class went, as a table to read: rows are true classes, columns
 * predicted ones, cells percent of the row; `prior` is the share of all pixels that the class has, void
 * ones included, as the benchmark counts it. Classes that are nowhere true have no row.
 *
 * @param counts Counts over the whole set.
 * @returns Lines without a line break at the end; `-` for no pixel at all, and the last column is
 * predicted as no class.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CAMVID } from "../data/mod.ts";
 * import { BenchmarkCounts } from "./benchmark_counts.ts";
 * import { confusionTable } from "./confusion_table.ts";
 *
 * const counts = new BenchmarkCounts(CAMVID);
 * counts.add(Uint8Array.of(0, 0, 0, 0), Uint8Array.of(0, 0, 0, 1));
 * const [head, row] = confusionTable(counts).split("\n");
 * assertEquals(head!.slice(0, 32), "percent      prior   sky  buil  ");
 * assertEquals(row!.slice(0, 32), "sky         100.00  75.0  25.0  ");
 * ```
 */
export function confusionTable(counts: BenchmarkCounts): string {
  const { classes } = counts.space;
  const { matrix } = counts;
  const all = counts.total();
  const width = Math.max(...classes.map(({ name }) => name.length));
  const percent = (share: number, decimals = 1) => (100 * share).toFixed(decimals);
  const heads = [...classes.map(({ name }) => name.slice(0, HEAD)), "none"];
  const rows = classes.flatMap(({ name }, truth) => {
    const pixels = matrix.trueCount(truth);
    if (pixels === 0) return [];
    const cells = heads.map((_, predicted) => {
      const count = matrix.at(truth, predicted);
      return (count === 0 ? "-" : percent(count / pixels)).padStart(5);
    });
    return [[name.padEnd(width), percent(pixels / all, 2).padStart(6), ...cells].join(" ")];
  });
  const head = ["percent".padEnd(width), " prior", ...heads.map((name) => name.padStart(5))];
  return [head.join(" "), ...rows].join("\n");
}
