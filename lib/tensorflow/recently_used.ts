/** Keeps values by keys; of too many it lets go of the one that was asked for longest ago. */
export class RecentlyUsed<V> {
  readonly #most: number;
  readonly #letGo: (value: V) => void;
  /** In the order in which they were asked for last. */
  readonly #values = new Map<string, V>();

  constructor(most: number, letGo: (value: V) => void) {
    this.#most = most;
    this.#letGo = letGo;
  }

  /** The value of a key, made if there is none. */
  get(key: string, make: () => V): V {
    const value = this.#values.has(key) ? this.#values.get(key)! : make();
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.#most) {
      const [oldest] = this.#values.keys();
      const last = this.#values.get(oldest!)!;
      this.#values.delete(oldest!);
      this.#letGo(last);
    }
    return value;
  }

  /** Lets go of all. */
  clear(): void {
    this.#values.forEach(this.#letGo);
    this.#values.clear();
  }
}
