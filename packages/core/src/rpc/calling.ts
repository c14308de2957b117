import { type Problem, RpcErrorCode } from '@deskclaw/protocol';
import type { PeerError } from '../dialect/incoming.ts';
import type { Clock } from '../ports/clock.ts';
import { type Call, createCall, type PendingCall } from './call.ts';
import type { PeerCounters } from './counters.ts';
import { DeadlineSweep } from './deadlines.ts';
import { UnusableRequest } from './encode.ts';
import { answeredWith, cancelled, lost, overloaded, timedOut, unusable } from './failures.ts';
import type { GatewayError, RequestOutcome } from './gateway-error.ts';
import { LatencyWindow } from './latency.ts';
import type { RequestLimits, RequestOptions } from './options.ts';
import { Outbox } from './outbox.ts';
import { PendingTable } from './pending.ts';
import { Tombstones } from './tombstones.ts';
import type { Wire } from './wire.ts';

/** Nothing tells when a socket has drained, so a queue that waits for it looks again this often. */
const DRAIN_POLL_MS = 50;

/** Told of every call that settles. */
export type SettleWatch = (method: string, outcome: 'result' | RequestOutcome, tookMs: number) => void;

/** No wire: why, and whether one is expected back. */
interface Absence {
  readonly expected: boolean;
  readonly problem: Problem;
}

/** Our requests, from call to settlement, across connections. */
export class Calling {
  readonly #clock: Clock;
  readonly #limits: RequestLimits;
  readonly #counters: PeerCounters;
  readonly #onFault: (error: unknown, method: string) => void;
  readonly #onSettled: SettleWatch | undefined;
  readonly #table: PendingTable;
  readonly #outbox: Outbox;
  readonly #sweep: DeadlineSweep;
  readonly #tombstones = new Tombstones();
  readonly latency = new LatencyWindow();
  #wire: Wire | undefined;
  #absence: Absence;
  #overtaking = false;
  #measuredId = 0;
  #measuredAt = 0;

  constructor(
    clock: Clock,
    limits: RequestLimits,
    counters: PeerCounters,
    absence: Problem,
    onFault: (error: unknown, method: string) => void,
    onSettled: SettleWatch | undefined,
  ) {
    this.#onSettled = onSettled;
    this.#clock = clock;
    this.#limits = limits;
    this.#counters = counters;
    this.#onFault = onFault;
    this.#absence = { expected: true, problem: absence };
    this.#table = new PendingTable(limits.maxInFlight);
    this.#outbox = new Outbox(limits);
    this.#sweep = new DeadlineSweep(clock, {
      sweep: (now) => this.#expire(now),
      forgive: () => this.forgive(),
    });
  }

  /** What `prelude` asks goes out before what waits. */
  attach(wire: Wire, prelude: () => void): void {
    this.#wire = wire;
    this.#tombstones.clear();
    this.#measuredId = 0;
    this.#overtaking = true;
    prelude();
    this.#overtaking = false;
    this.pump();
  }

  detach(problem: Problem): void {
    this.#wire = undefined;
    this.#absence = { expected: true, problem };
    const written = this.#table.calls();
    for (const call of written) this.#table.remove(call);
    for (const call of written) if (!call.repeatable) this.#lose(call, problem);
    const kept = written.filter((call) => call.repeatable);
    for (const call of kept) call.state = 'interrupted';
    const stays = (call: Call) => call.state === 'interrupted' || call.whenDisconnected === 'wait';
    for (const call of this.#outbox.rebuild(kept, stays)) this.#lose(call, problem);
  }

  close(problem: Problem): void {
    this.#wire = undefined;
    this.#absence = { expected: false, problem };
    this.#sweep.stop();
    const written = this.#table.calls();
    for (const call of written) this.#table.remove(call);
    for (const call of written) this.#lose(call, problem);
    for (const call of this.#outbox.rebuild([], () => false)) this.#lose(call, problem);
  }

  request(method: string, params: unknown, options: RequestOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#counters.requests += 1;
      try {
        const call = createCall(this.#limits, this.#clock.now(), method, params, options, resolve, reject);
        this.#submit(call, options.signal);
      } catch (error) {
        reject(error instanceof UnusableRequest ? unusable(method, error.message, this.#clock.wallTime()) : error);
      }
    });
  }

  /** The reply that ends a call. A reply to none is counted by what it is. */
  result(id: number, value: unknown): void {
    const call = this.#answer(id);
    if (call === undefined) return;
    this.#counters.results += 1;
    this.#onSettled?.(call.method, 'result', this.#clock.now() - call.startedAt);
    call.resolve(value);
  }

  failure(id: number, error: PeerError): void {
    const call = this.#answer(id);
    if (call === undefined) return;
    this.#counters.errors += 1;
    this.#fail(call, answeredWith(call.method, error, this.#clock.wallTime()));
  }

  malformed(id: number): void {
    this.#counters.malformedReplies += 1;
    if (this.#table.find(id) === undefined) return;
    this.failure(id, { code: RpcErrorCode.InternalError, message: 'the answer is not a proper reply' });
  }

  accepted(id: number, value: unknown): void {
    const call = this.#table.find(id);
    if (call?.expectFinal === true) {
      call.deadline = call.limit;
      this.#report(call, value);
    } else {
      this.result(id, value);
    }
  }

  progress(id: number, value: unknown): void {
    const call = this.#table.find(id);
    if (call === undefined) return;
    call.deadline = Math.min(this.#clock.now() + call.timeoutMs, call.limit);
    this.#report(call, value);
  }

  pump(): void {
    const wire = this.#wire;
    if (wire === undefined) return;
    while (this.#table.size < this.#limits.maxInFlight && !wire.isCongested) {
      const call = this.#outbox.shift();
      if (call === undefined) return;
      this.#write(call, wire);
    }
    if (this.#outbox.size > 0) this.#awaitDrain(wire);
  }

  forgive(): void {
    const now = this.#clock.now();
    for (const call of this.#all()) call.deadline = now + call.timeoutMs;
  }

  get hasQueue(): boolean {
    return this.#outbox.size > 0;
  }

  pending(): PendingCall[] {
    const now = this.#clock.now();
    return this.#all().map((call) => ({
      method: call.method,
      ageMs: now - call.startedAt,
      state: call.state,
    }));
  }

  #submit(call: Call, signal: AbortSignal | undefined): void {
    if (signal !== undefined) {
      if (signal.aborted) throw cancelled(call, signal.reason, this.#clock.wallTime());
      this.#listen(call, signal);
    }
    const wire = this.#wire;
    if (wire !== undefined) {
      const waits = (this.#outbox.size > 0 && !this.#overtaking) || this.#table.size >= this.#limits.maxInFlight;
      if (!waits && !wire.isCongested) {
        this.#write(call, wire);
      } else {
        this.#enqueue(call);
        this.#awaitDrain(wire);
      }
    } else if (this.#absence.expected && call.whenDisconnected === 'wait') {
      this.#enqueue(call);
    } else {
      this.#lose(call, this.#absence.problem);
      return;
    }
    this.#sweep.watch(call.deadline);
  }

  /** Room in flight comes with an answer, which is heard; room in the socket is not. */
  #awaitDrain(wire: Wire): void {
    if (wire.isCongested) this.#sweep.watch(this.#clock.now() + DRAIN_POLL_MS);
  }

  #enqueue(call: Call): void {
    const limit = this.#outbox.fullFor(call);
    if (limit === undefined) {
      this.#outbox.push(call);
      return;
    }
    this.#counters.overloaded += 1;
    this.#fail(call, overloaded(limit, this.#clock.wallTime()));
  }

  #write(call: Call, wire: Wire): void {
    const id = this.#table.add(call);
    const text = wire.codec.request(id, call.method, call.params);
    const limit = wire.limitExceededBy(text);
    if (limit !== undefined) {
      this.#table.remove(call);
      const why = `the gateway takes messages of at most ${String(limit)} bytes, and this one is larger.`;
      this.#fail(call, unusable(call.method, why, this.#clock.wallTime()));
      return;
    }
    if (call.state === 'interrupted') this.#counters.resent += 1;
    call.state = 'written';
    if (!call.repeatable) call.params = undefined;
    if (this.#measuredId === 0) {
      this.#measuredId = id;
      this.#measuredAt = this.#clock.now();
    }
    wire.send(text);
  }

  #answer(id: number): Call | undefined {
    const call = this.#table.find(id);
    if (call === undefined) {
      if (this.#tombstones.take(id)) this.#counters.lateReplies += 1;
      else if (this.#table.wasIssued(id)) this.#counters.duplicateReplies += 1;
      else this.#counters.unknownReplies += 1;
      return undefined;
    }
    this.#table.remove(call);
    call.release?.();
    if (id === this.#measuredId) {
      this.#measuredId = 0;
      if (!call.expectFinal) this.latency.record(this.#clock.now() - this.#measuredAt);
    }
    return call;
  }

  #listen(call: Call, signal: AbortSignal): void {
    const abort = () => {
      this.#counters.cancelled += 1;
      this.#giveUp(call, cancelled(call, signal.reason, this.#clock.wallTime()));
    };
    signal.addEventListener('abort', abort, { once: true });
    call.release = () => signal.removeEventListener('abort', abort);
  }

  /** Its caller waits no longer, whatever the peer does. */
  #giveUp(call: Call, error: GatewayError): void {
    if (call.state === 'written') {
      this.#table.remove(call);
      this.#tombstones.add(call.id);
      if (call.id === this.#measuredId) this.#measuredId = 0;
      const word = this.#wire?.codec.cancel(call.id);
      if (word !== undefined) this.#wire?.send(word);
    } else {
      this.#outbox.remove(call);
    }
    this.#fail(call, error);
  }

  #lose(call: Call, problem: Problem): void {
    this.#counters.lost += 1;
    this.#fail(call, lost(call, problem));
  }

  #fail(call: Call, error: GatewayError): void {
    call.release?.();
    this.#onSettled?.(call.method, error.outcome ?? 'unknown', this.#clock.now() - call.startedAt);
    call.reject(error);
  }

  #report(call: Call, value: unknown): void {
    try {
      call.onProgress?.(value);
    } catch (error) {
      this.#onFault(error, call.method);
    }
  }

  #all(): Call[] {
    return [...this.#table.calls(), ...this.#outbox.calls()];
  }

  #expire(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const call of this.#all()) {
      if (call.deadline > now) {
        next = Math.min(next, call.deadline);
        continue;
      }
      this.#counters.timedOut += 1;
      this.#giveUp(call, timedOut(call, now - call.startedAt, this.#clock.wallTime()));
    }
    this.pump();
    return next;
  }
}
