/**
 * The mean of the scores that exist, as the Cityscapes benchmark takes it (`getScoreAverage` in
 * cityscapesScripts' `evalPixelLevelSemanticLabeling.py`): what has no score does not count as 0.
 *
 * @param scores Scores, `null` for what has none.
 * @returns Their mean, `null` if there is none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { meanScore } from "./mean_score.ts";
 *
 * assertEquals(meanScore([0.5, null, 1]), 0.75);
 * assertEquals(meanScore([null]), null);
 * ```
 */
export function meanScore(scores: Iterable<number | null>): number | null {
  let sum = 0, count = 0;
  for (const score of scores) {
    if (score === null) continue;
    sum += score;
    count++;
  }
  return count === 0 ? null : sum / count;
}
