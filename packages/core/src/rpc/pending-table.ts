import type { DurationHistogram } from '@deskclaw/protocol';
import type { Clock } from '../ports/clock.ts';
import type { Call } from './call.ts';
import type { PeerCounters } from './counters.ts';

/** Beyond this many, the oldest is forgotten: its late reply is then counted as a duplicate. */
const MAX_TOMBSTONES = 1_024;

/** Ids of requests that were given up while their reply was still to come. */
class Tombstones {
  readonly #ids = new Set<number>();

  add(id: number): void {
    if (this.#ids.size >= MAX_TOMBSTONES) {
      const [oldest] = this.#ids;
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    this.#ids.add(id);
  }

  /** Returns whether the reply to this request was no longer awaited, and forgets the id. */
  take(id: number): boolean {
    return this.#ids.delete(id);
  }

  clear(): void {
    this.#ids.clear();
  }
}

/** How many round trips the latency is taken from. */
const LATENCY_WINDOW = 256;

/** Round trips of the newest requests, ms. */
export interface Latency {
  readonly last: number;
  readonly p50: number;
  readonly p95: number;
}

/** Loopback takes less than 1 ms, a gateway that works hard a second. */
const BUCKET_LIMITS_MS = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const;

/** Measures one request at a time, so that a clock is not read for every reply. */
class LatencyWindow {
  readonly #samples: number[] = [];
  /** How many fell between the limit before and this one. */
  readonly #counts: number[] = BUCKET_LIMITS_MS.map(() => 0);
  #count = 0;
  #sumMs = 0;
  #next = 0;
  #last = 0;

  record(ms: number): void {
    this.#last = ms;
    this.#samples[this.#next] = ms;
    this.#next = (this.#next + 1) % LATENCY_WINDOW;
    this.#count += 1;
    this.#sumMs += ms;
    const bucket = BUCKET_LIMITS_MS.findIndex((limit) => ms <= limit);
    if (bucket !== -1) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  total(): DurationHistogram {
    let count = 0;
    const buckets = BUCKET_LIMITS_MS.map((leMs, index) => {
      count += this.#counts[index] ?? 0;
      return { leMs, count };
    });
    return { buckets, count: this.#count, sumMs: this.#sumMs };
  }

  summary(): Latency | undefined {
    if (this.#samples.length === 0) return undefined;
    const sorted = this.#samples.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? this.#last;
    return { last: this.#last, p50: at(0.5), p95: at(0.95) };
  }
}

/**
 * Calls on the wire by id: which reply belongs to which call, which reply belongs to none, and how long replies take.
 *
 * An id is `lap * capacity + slot`, counted upwards: the slot finds the call without hashing, and the lap keeps a late reply
 * from settling the call that uses the slot now. (A slot table held client memory at the level of a raw socket where a Map
 * doubled it, over bursts of 1024.)
 */
export class PendingTable {
  readonly #clock: Clock;
  readonly #counters: PeerCounters;
  readonly #slots: (Call | undefined)[];
  readonly #mask: number;
  readonly #tombstones = new Tombstones();
  readonly #latency = new LatencyWindow();
  #next: number;
  #size = 0;
  #measured: Call | undefined;
  #measuredAt = 0;

  /**
   * @param maxCalls how many may be held at once; the table has at least twice as many slots, so a free one is near.
   * @param firstId above 0. Ids end at 2^53, which is millennia away.
   */
  constructor(clock: Clock, counters: PeerCounters, maxCalls: number, firstId = 1) {
    this.#clock = clock;
    this.#counters = counters;
    this.#next = firstId;
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(2, maxCalls * 2)));
    this.#slots = new Array<Call | undefined>(capacity).fill(undefined);
    this.#mask = capacity - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** Gives the call its id, and returns it. */
  add(call: Call): number {
    let id = this.#next;
    while (this.#slots[id & this.#mask] !== undefined) id += 1;
    this.#next = id + 1;
    this.#slots[id & this.#mask] = call;
    this.#size += 1;
    call.id = id;
    if (this.#measured === undefined) {
      this.#measured = call;
      this.#measuredAt = this.#clock.now();
    }
    return id;
  }

  find(id: number): Call | undefined {
    const call = this.#slots[id & this.#mask];
    return call !== undefined && call.id === id ? call : undefined;
  }

  /** Removes and returns the call that a reply settles. A reply that settles none is counted as late, duplicate or unknown. */
  takeAnswered(id: number): Call | undefined {
    const call = this.find(id);
    if (call === undefined) {
      if (this.#tombstones.take(id)) this.#counters.lateReplies += 1;
      else if (this.wasIssued(id)) this.#counters.duplicateReplies += 1;
      else this.#counters.unknownReplies += 1;
      return undefined;
    }
    // A final answer takes as long as the work it waits for, so it says nothing of the round trip.
    if (call === this.#measured && !call.expectFinal) this.#latency.record(this.#clock.now() - this.#measuredAt);
    this.remove(call);
    return call;
  }

  /** Removes a call whose reply may still come; that reply is then counted as late. */
  abandon(call: Call): void {
    this.#tombstones.add(call.id);
    this.remove(call);
  }

  remove(call: Call): void {
    if (call === this.#measured) this.#measured = undefined;
    const slot = call.id & this.#mask;
    if (this.#slots[slot] !== call) return;
    this.#slots[slot] = undefined;
    this.#size -= 1;
  }

  /** Removes and returns all calls in the order in which they were written: the connection is gone, and every reply with it. */
  takeAll(): Call[] {
    const calls = this.calls();
    for (const call of calls) this.remove(call);
    this.#tombstones.clear();
    return calls;
  }

  /** Returns whether this id was ever issued: a reply to it is late or a duplicate, not an invention. */
  wasIssued(id: number): boolean {
    return Number.isInteger(id) && id > 0 && id < this.#next;
  }

  /** Returns the calls in the order in which they were written. */
  calls(): Call[] {
    const calls: Call[] = [];
    if (this.#size === 0) return calls;
    for (const call of this.#slots) if (call !== undefined) calls.push(call);
    return calls.sort((a, b) => a.id - b.id);
  }

  latency(): Latency | undefined {
    return this.#latency.summary();
  }

  roundTrips(): DurationHistogram {
    return this.#latency.total();
  }
}
