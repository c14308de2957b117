import type { Clock } from '../ports/clock.ts';
import type { Call } from './call.ts';
import type { PeerCounters } from './counters.ts';
import { type Latency, LatencyWindow } from './latency.ts';
import { PendingTable } from './pending.ts';
import { Tombstones } from './tombstones.ts';

/** Calls on the wire: which reply belongs to which, which belongs to none, and how long they take. */
export class InFlight {
  readonly #clock: Clock;
  readonly #counters: PeerCounters;
  readonly #table: PendingTable;
  readonly #tombstones = new Tombstones();
  readonly #latency = new LatencyWindow();
  #measured: Call | undefined;
  #measuredAt = 0;

  constructor(clock: Clock, maxCalls: number, counters: PeerCounters) {
    this.#clock = clock;
    this.#counters = counters;
    this.#table = new PendingTable(maxCalls);
  }

  get size(): number {
    return this.#table.size;
  }

  /** In the order they were written. */
  calls(): Call[] {
    return this.#table.calls();
  }

  latency(): Latency | undefined {
    return this.#latency.summary();
  }

  /** Gives the call its id. */
  add(call: Call): number {
    const id = this.#table.add(call);
    if (this.#measured === undefined) {
      this.#measured = call;
      this.#measuredAt = this.#clock.now();
    }
    return id;
  }

  find(id: number): Call | undefined {
    return this.#table.find(id);
  }

  /** The call that a reply settles. A reply that settles none is counted by what it is. */
  answer(id: number): Call | undefined {
    const call = this.#table.find(id);
    if (call === undefined) {
      if (this.#tombstones.take(id)) this.#counters.lateReplies += 1;
      else if (this.#table.wasIssued(id)) this.#counters.duplicateReplies += 1;
      else this.#counters.unknownReplies += 1;
      return undefined;
    }
    // A final answer is as late as the work it waits for, so it says nothing of the way there and back.
    if (call === this.#measured && !call.expectFinal) this.#latency.record(this.#clock.now() - this.#measuredAt);
    this.remove(call);
    return call;
  }

  /** Its reply may still come, and is then nobody's. */
  abandon(call: Call): void {
    this.#tombstones.add(call.id);
    this.remove(call);
  }

  remove(call: Call): void {
    if (call === this.#measured) this.#measured = undefined;
    this.#table.remove(call);
  }

  /** The wire is gone, and with it every reply. */
  takeAll(): Call[] {
    const calls = this.#table.calls();
    for (const call of calls) this.remove(call);
    this.#tombstones.clear();
    return calls;
  }
}
