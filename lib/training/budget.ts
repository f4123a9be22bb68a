/** How long to train; whichever ends first. Without either a training never ends by itself. */
export interface Budget {
  /** Passes over the training frames, more than 0. */
  epochs?: number;
  /**
   * Minutes, more than 0, counted from the start of the training, earlier sittings and validation
   * included.
   */
  minutes?: number;
}

/** Tells how much of a budget is used. */
export class BudgetClock {
  readonly #budget: Budget;
  readonly #stepsPerEpoch: number;
  readonly #started = performance.now();
  readonly #secondsBefore: number;

  /**
   * @param budget The budget.
   * @param stepsPerEpoch Steps in an epoch.
   * @param secondsBefore Seconds that earlier sittings took.
   * @throws {RangeError} if a bound is not above 0.
   */
  constructor(budget: Budget, stepsPerEpoch: number, secondsBefore = 0) {
    for (const [name, bound] of Object.entries(budget)) {
      if (bound !== undefined && !(bound > 0)) {
        throw new RangeError(`Cannot train: expected a budget of ${name} above 0, got ${bound}`);
      }
    }
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
