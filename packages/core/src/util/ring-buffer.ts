/** Holds the newest items: at most `capacity` of them, with a total weight of at most `maxWeight`. */
export class RingBuffer<T> {
  readonly #capacity: number;
  readonly #maxWeight: number;
  readonly #weigh: (item: T) => number;
  #items: T[] = [];
  /** The index of the oldest item; the items before it are dropped and wait to be cut off. */
  #first = 0;
  #weight = 0;
  #truncated = false;

  constructor(capacity: number, weigh: (item: T) => number = () => 0, maxWeight = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
    this.#weigh = weigh;
    this.#maxWeight = maxWeight;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#weight += this.#weigh(item);
    while (this.#items.length - this.#first > this.#capacity || this.#weight > this.#maxWeight) {
      const oldest = this.#items[this.#first];
      if (oldest === undefined) break;
      this.#weight -= this.#weigh(oldest);
      this.#first += 1;
      this.#truncated = true;
    }
    // Cut when half is waste: then a push costs little, and dropped items do not stay in memory.
    if (this.#first > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Returns the last `limit` items, oldest first. */
  items(limit: number = this.#capacity): readonly T[] {
    return this.#items.slice(Math.max(this.#first, this.#items.length - limit));
  }

  /** Whether anything pushed is no longer held. */
  get truncated(): boolean {
    return this.#truncated;
  }
}
