const WINDOW_MS = 5000, STEP_MS = 200, LEAST_MS = 500;

/** How fast something grows, measured over the last seconds. */
export class RecentRate {
  #points: { time: number; done: number }[] = [];

  /**
   * Takes note of how much is done.
   *
   * @param time When, in ms.
   * @returns How much is done in a second; nothing while there is too little to tell.
   */
  read(done: number, time: number): number | undefined {
    const last = this.#points.at(-1);
    // It began anew.
    if (last && done < last.done) this.#points = [];
    if (this.#points.length === 0 || time - last!.time >= STEP_MS) {
      this.#points.push({ time, done });
    }
    // The window begins with the last point that is older than it.
    while (this.#points.length > 1 && time - this.#points[1]!.time > WINDOW_MS) {
      this.#points.shift();
    }
    const first = this.#points[0]!;
    if (time - first.time < LEAST_MS) return undefined;
    return (done - first.done) / (time - first.time) * 1000;
  }
}
