import type { TrainingHistory } from "../runs/mod.ts";
import { LiveOutput } from "./live_output.ts";
import { figureBundle, pictureHtml } from "./plot.ts";
import { kernel } from "./kernel.ts";

/** At most this share of the time goes into drawing. */
const MOST_SHARE = 0.1;
const LEAST_PAUSE_MS = 2000;

/** The curves of a training in a cell's output, which grow while it trains. */
export class LiveCurves {
  readonly #history: TrainingHistory;
  readonly #output = new LiveOutput();
  #drawing: Promise<void> | undefined;
  #next = 0;

  constructor(history: TrainingHistory) {
    this.#history = history;
  }

  /** Draws the curves anew, unless that was done a moment ago. */
  update(): void {
    if (!kernel() || this.#drawing || performance.now() < this.#next) return;
    const started = performance.now();
    this.#drawing = this.#draw().catch(() => {}).finally(() => {
      const now = performance.now();
      this.#next = now + Math.max(LEAST_PAUSE_MS, (now - started) / MOST_SHARE);
      this.#drawing = undefined;
    });
  }

  /** Draws the curves for good, as an interactive figure. */
  async finish(): Promise<void> {
    await this.#drawing;
    if (!kernel() || this.#history.train.length === 0) return;
    await this.#output.set(await figureBundle(this.#history.figure()));
  }

  async #draw(): Promise<void> {
    const picture = await pictureHtml(this.#history.figure());
    await this.#output.set({ "text/html": picture, "text/plain": this.#history.name });
  }
}
