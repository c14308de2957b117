import type { Call } from './call.ts';

/**
 * Calls on the wire by id. An id is `lap * capacity + slot`, counted upwards: the slot finds the call without hashing, and the
 * lap keeps a late reply from settling whoever uses the slot now. (A slot table held client memory at the level of a raw
 * socket where a Map doubled it, over bursts of 1024.)
 */
export class PendingTable {
  readonly #slots: (Call | undefined)[];
  readonly #mask: number;
  #next: number;
  #size = 0;

  /**
   * @param maxCalls how many may be held at once; the table has at least twice as many slots, so a free one is near.
   * @param firstId above 0. Ids end at 2^53, which is millennia away.
   */
  constructor(maxCalls: number, firstId = 1) {
    this.#next = firstId;
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(2, maxCalls * 2)));
    this.#slots = new Array<Call | undefined>(capacity).fill(undefined);
    this.#mask = capacity - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** Gives the call its id. */
  add(call: Call): number {
    let id = this.#next;
    while (this.#slots[id & this.#mask] !== undefined) id += 1;
    this.#next = id + 1;
    this.#slots[id & this.#mask] = call;
    this.#size += 1;
    call.id = id;
    return id;
  }

  find(id: number): Call | undefined {
    const call = this.#slots[id & this.#mask];
    return call !== undefined && call.id === id ? call : undefined;
  }

  remove(call: Call): void {
    const slot = call.id & this.#mask;
    if (this.#slots[slot] !== call) return;
    this.#slots[slot] = undefined;
    this.#size -= 1;
  }

  /** Whether this id was ever given out: a reply to it is late or a duplicate, not an invention. */
  wasIssued(id: number): boolean {
    return Number.isInteger(id) && id > 0 && id < this.#next;
  }

  /** In the order they were written. */
  calls(): Call[] {
    const calls: Call[] = [];
    if (this.#size === 0) return calls;
    for (const call of this.#slots) if (call !== undefined) calls.push(call);
    return calls.sort((a, b) => a.id - b.id);
  }
}
