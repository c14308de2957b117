/** The newest `capacity` items. */
export class Ring<T> {
  readonly #capacity: number;
  #items: T[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(item: T): void {
    this.#items.push(item);
    // Cut rarely and much: one copy per `capacity` pushes keeps a push cheap.
    if (this.#items.length >= this.#capacity * 2) this.#items = this.#items.slice(-this.#capacity);
  }

  /** Oldest first; the last `limit` of them. */
  items(limit: number = this.#capacity): readonly T[] {
    const count = Math.min(limit, this.#capacity);
    return count === 0 ? [] : this.#items.slice(-count);
  }
}
