/** Fires a signal when nothing has happened for a while. */
export class Watchdog implements Disposable {
  readonly #ms: number;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param ms How long nothing may happen.
   */
  constructor(ms: number) {
    this.#ms = ms;
    this.reset();
  }

  /** Fires when it was not {@linkcode Watchdog.reset} for too long. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Says that something has happened. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(), this.#ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
