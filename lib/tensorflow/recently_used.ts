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

  /** The value of a key; made if there is none, or if that is no longer right. */
  get(key: string, make: () => V, isRight: (value: V) => boolean = () => true): V {
    const isKept = this.#values.has(key) && isRight(this.#values.get(key)!);
    const value = isKept ? this.#values.get(key)! : make();
    if (!isKept) this.#forget(key);
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#most) this.#forget(oldest!);
    return value;
  }

  /** Lets go of all. */
  clear(): void {
    [...this.#values.keys()].forEach((key) => this.#forget(key));
  }

  #forget(key: string): void {
    if (!this.#values.has(key)) return;
    const value = this.#values.get(key)!;
    this.#letGo(value);
    this.#values.delete(key);
  }
}
