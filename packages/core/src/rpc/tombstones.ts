/** Beyond this many, the oldest is forgotten: its late reply is then counted as a duplicate. */
const CAPACITY = 1_024;

/** Requests that were given up while their answer was still to come. */
export class Tombstones {
  readonly #ids = new Set<number>();

  add(id: number): void {
    if (this.#ids.size >= CAPACITY) {
      const [oldest] = this.#ids;
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    this.#ids.add(id);
  }

  /** Whether the reply to this request was no longer awaited. Asked once per reply. */
  take(id: number): boolean {
    return this.#ids.delete(id);
  }

  /** A new connection brings no replies to what was asked on the old one. */
  clear(): void {
    this.#ids.clear();
  }
}
