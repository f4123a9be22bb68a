/** How long to train; whichever ends first. */
export interface Budget {
  /** Passes over the training frames. */
  epochs?: number;
  /** Minutes, counted from the start of the training, earlier sittings and validation included. */
  minutes?: number;
}

/** Tells how much of a budget is used. */
export class BudgetClock {
  readonly #budget: Budget;
  readonly #stepsPerEpoch: number;
  readonly #started = performance.now();
  readonly #secondsBefore: number;

  /**
   * @param budget The budget; without any bound a training never ends by itself.
   * @param stepsPerEpoch Steps in an epoch.
   * @param secondsBefore Seconds that earlier sittings took.
   */
  constructor(budget: Budget, stepsPerEpoch: number, secondsBefore = 0) {
    this.#budget = budget;
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#secondsBefore = secondsBefore;
  }

  /** Seconds of training so far, over all sittings. */
  get seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#started) / 1000;
  }

  /**
   * The share of the budget that is used after `steps` steps, 0 to 1 or a little more. With epochs
   * alone it depends on the steps only, so that a training can be repeated exactly.
   */
  used(steps: number): number {
    const { epochs, minutes } = this.#budget;
    const ofSteps = epochs === undefined ? 0 : steps / (epochs * this.#stepsPerEpoch);
    const ofTime = minutes === undefined ? 0 : this.seconds / (minutes * 60);
    return Math.max(ofSteps, ofTime);
  }
}
