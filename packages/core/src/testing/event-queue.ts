interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Queue of scheduled events, a binary heap. Events of the same time keep their order. */
export class EventQueue {
  readonly #heap: Entry[] = [];
  #order = 0;

  add(at: number, run: () => void): () => void {
    this.#order += 1;
    const entry: Entry = { at, order: this.#order, run, isCancelled: false };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1, entry);
    return () => {
      entry.isCancelled = true;
    };
  }

  /** Takes the next one that is due by `until`. */
  take(until: number): { readonly at: number; readonly run: () => void } | undefined {
    for (let [first] = this.#heap; first !== undefined; [first] = this.#heap) {
      if (!first.isCancelled && first.at > until) return undefined;
      this.#removeFirst();
      if (!first.isCancelled) return first;
    }
    return undefined;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
  }

  #rise(index: number, entry: Entry): void {
    let at = index;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      this.#heap[at] = parent;
      at = above;
    }
    this.#heap[at] = entry;
  }

  #sink(entry: Entry): void {
    let at = 0;
    for (;;) {
      const below = this.#smallerChild(at);
      const child = this.#heap[below];
      if (child === undefined || !isBefore(child, entry)) break;
      this.#heap[at] = child;
      at = below;
    }
    this.#heap[at] = entry;
  }

  #smallerChild(at: number): number {
    const left = 2 * at + 1;
    const [a, b] = [this.#heap[left], this.#heap[left + 1]];
    return a !== undefined && b !== undefined && isBefore(b, a) ? left + 1 : left;
  }
}
