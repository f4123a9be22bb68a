import type { Explained } from "./explained.ts";
import type { Failure, Outcome } from "./specs.ts";

/** What to make of the specs' outcome. */
export interface Verdict {
  /** The failures that are explained. */
  explained: Explained[];
  /** The failures that are not. */
  unexplained: Failure[];
  /** The explanations of what no longer fails. */
  stale: Explained[];
}

/** Tells explained failures from others. */
export function judge({ failures }: Outcome, known: readonly Explained[]): Verdict {
  const failed = new Set(failures.map(({ spec }) => spec));
  const expected = new Set(known.map(({ spec }) => spec));
  return {
    explained: known.filter(({ spec }) => failed.has(spec)),
    unexplained: failures.filter(({ spec }) => !expected.has(spec)),
    stale: known.filter(({ spec, sometimes }) => !sometimes && !failed.has(spec)),
  };
}

/** The lines that tell the verdict: the counts, then what failed. */
export function verdictLines(outcome: Outcome, verdict: Verdict, seconds: number): string[] {
  const { passed, pending, ignored, failures } = outcome;
  const { explained, unexplained, stale } = verdict;
  return [
    `${passed} passed, ${failures.length} failed (${explained.length} explained), ` +
    `${pending} pending, ${ignored} ignored, in ${Math.round(seconds)} s`,
    ...explained.map(({ spec, reason }) => `explained: ${spec}: ${reason}`),
    ...unexplained.map(({ spec, message }) => `failed: ${spec}: ${message}`),
    ...stale.map(({ spec }) => `no longer fails, take it out of explained.ts: ${spec}`),
  ];
}
