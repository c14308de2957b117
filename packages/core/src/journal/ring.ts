/** The newest `capacity` items, oldest first. */
export class Ring<T> {
  readonly #capacity: number;
  #items: T[] = [];
  #lost = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(item: T): void {
    this.#items.push(item);
    // Cut rarely and much: one copy per `capacity` pushes keeps a push cheap.
    if (this.#items.length >= this.#capacity * 2) {
      this.#lost += this.#items.length - this.#capacity;
      this.#items = this.#items.slice(-this.#capacity);
    }
  }

  items(): readonly T[] {
    return this.#items.length > this.#capacity ? this.#items.slice(-this.#capacity) : this.#items;
  }

  /** Whether anything pushed is no longer held. */
  get truncated(): boolean {
    return this.#lost > 0 || this.#items.length > this.#capacity;
  }
}
