import { escapeXml } from "../plot/mod.ts";
import { DISPLAY, type Displayable, type MimeBundle } from "./kernel.ts";

/** One thing that an exercise's solution was checked for. */
export interface CheckedPoint {
  /** What it was checked for, such as `"void pixels do not count"`. */
  what: string;
  isRight: boolean;
  /** What is wrong and where to look. */
  hint?: string;
}

/** What the check of an exercise found; it shows itself when a cell ends in it. */
export class SelfCheck implements Displayable {
  /** The exercise, such as `"Exercise 2"`. */
  readonly exercise: string;
  /** None, if there is nothing to check yet. */
  readonly findings: readonly CheckedPoint[];

  constructor(exercise: string, findings: readonly CheckedPoint[] = []) {
    this.exercise = exercise;
    this.findings = findings;
  }

  /** Whether there was something to check. */
  get isDone(): boolean {
    return this.findings.length > 0;
  }

  /** Whether all is right. */
  get isRight(): boolean {
    return this.isDone && this.findings.every(({ isRight }) => isRight);
  }

  /**
   * For a teacher's cells, which grade.
   *
   * @throws {Error} that names the first thing that is missing or wrong.
   */
  assertRight(): void {
    if (this.isRight) return;
    throw new Error(this.#lines().find((line) => !line.startsWith("✓")));
  }

  /** The findings, a line each. */
  toString(): string {
    return this.#lines().join("\n");
  }

  [DISPLAY](): MimeBundle {
    const items = this.#lines().map((line) => `<li>${escapeXml(line)}</li>`);
    return { "text/html": `<ul>${items.join("")}</ul>`, "text/plain": this.toString() };
  }

  #lines(): string[] {
    if (!this.isDone) return [`${this.exercise} is still to be done: it returns nothing yet.`];
    return this.findings.map(({ what, isRight, hint }) =>
      isRight ? `✓ ${what}` : `✗ ${what}${hint ? `: ${hint}` : ""}`
    );
  }
}
