import { assertAlmostEquals, assertEquals } from "@std/assert";
import { meanScore, type OfficialResult, type Scores } from "../../lib/mod.ts";

/** Scores by cityscapesScripts, written by golden/make_scores.py. */
export interface BenchmarkScores extends Scores {
  /** The mean over the categories, as the benchmark takes it. */
  meanCategoryIou: number | null;
  /** The whole result, `null` for NaN, the rows of the matrix as text. */
  official: Omit<OfficialResult, "confMatrix"> & { confMatrix: string[] };
}

/** Fails unless the counts are the benchmark's, and all scores within 1e-12 of its. */
export function assertScores(actual: Scores, benchmark: BenchmarkScores): void {
  assertEquals(actual.confusionMatrix, benchmark.confusionMatrix);
  assertSame(actual.miou, benchmark.miou);
  assertSame(actual.pixelAccuracy, benchmark.pixelAccuracy);
  assertSame(meanScore(Object.values(actual.categoryIou)), benchmark.meanCategoryIou);
  assertLike(actual.iou, benchmark.iou);
  assertLike(actual.categoryIou, benchmark.categoryIou);
  if (actual.instanceIou) assertLike(actual.instanceIou, benchmark.instanceIou);
}

/** Fails unless names and counts are the benchmark's, and all other figures within 1e-12 of its. */
export function assertOfficial(
  actual: OfficialResult,
  benchmark: BenchmarkScores["official"],
): void {
  const confMatrix = actual.confMatrix.map((row) => row.join(" "));
  assertLike({ ...actual, confMatrix }, benchmark);
}

function assertLike(actual: unknown, benchmark: unknown): void {
  if (typeof benchmark === "number") return assertSame(actual as number | null, benchmark);
  if (typeof benchmark !== "object" || benchmark === null) return assertEquals(actual, benchmark);
  assertEquals(Object.keys(actual as object), Object.keys(benchmark));
  for (const [key, value] of Object.entries(benchmark)) {
    assertLike((actual as Record<string, unknown>)[key], value);
  }
}

function assertSame(actual: number | null, expected: number | null): void {
  if (actual === null || expected === null) assertEquals(actual, expected);
  else assertAlmostEquals(actual, expected, 1e-12);
}
