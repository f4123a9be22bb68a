import { assertAlmostEquals, assertEquals } from "@std/assert";
import { meanScore, type Scores } from "../../lib/mod.ts";

/** Scores by cityscapesScripts, written by golden/make_scores.py. */
export interface BenchmarkScores extends Scores {
  /** The mean over the categories, as the benchmark takes it. */
  meanCategoryIou: number | null;
}

/** Fails unless the counts are the benchmark's, and all scores within 1e-12 of its. */
export function assertScores(actual: Scores, benchmark: BenchmarkScores): void {
  assertEquals(actual.confusionMatrix, benchmark.confusionMatrix);
  assertSame(actual.miou, benchmark.miou);
  assertSame(actual.pixelAccuracy, benchmark.pixelAccuracy);
  assertSame(meanScore(Object.values(actual.categoryIou)), benchmark.meanCategoryIou);
  for (const kind of ["iou", "categoryIou"] as const) {
    assertEquals(Object.keys(actual[kind]), Object.keys(benchmark[kind]));
    for (const [name, score] of Object.entries(benchmark[kind])) {
      assertSame(actual[kind][name]!, score);
    }
  }
}

function assertSame(actual: number | null, expected: number | null): void {
  if (actual === null || expected === null) assertEquals(actual, expected);
  else assertAlmostEquals(actual, expected, 1e-12);
}
