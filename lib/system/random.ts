/**
 * A small seeded generator of random numbers: SplitMix32, a 32-bit variant of SplitMix64
 * (Steele, Lea, Flood 2014, https://doi.org/10.1145/2714064.2660195).
 */
export class Random {
  #state: number;

  /**
   * @param seeds One or more integers; another list gives another sequence.
   */
  constructor(...seeds: number[]) {
    this.#state = 0;
    for (const seed of seeds) {
      this.#state ^= seed >>> 0;
      this.#state = this.#next();
    }
  }

  /** The next number, 0 <= x < 1. */
  uniform(): number {
    return this.#next() / 2 ** 32;
  }

  /** The next integer, 0 <= x < `end`. */
  integer(end: number): number {
    return Math.floor(this.uniform() * end);
  }

  /** The numbers 0..`count` - 1 in random order (Fisher and Yates). */
  permutation(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  #next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }
}
