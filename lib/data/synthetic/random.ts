/**
 * A stream of random numbers that its seed settles, on every machine alike.
 *
 * Source: mulberry32 by Tommy Ettinger, public domain.
 *
 * @example
 * ```ts
 * import { Random } from "./random.ts";
 *
 * const die = new Random(7);
 * const eyes = die.integer(1, 6); // the same in every run
 * ```
 */
export class Random {
  #state: number;

  /** @param seed An integer; its low 32 bits count. */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** The next number, in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** A whole number from low to high, both included. */
  integer(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of some items. @throws {RangeError} where there are none. */
  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.integer(0, items.length - 1)] as T;
  }
}
