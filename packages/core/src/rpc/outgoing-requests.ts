import type { Problem } from '@deskclaw/protocol';
import { type GatewayError, withoutStacks } from '../errors/gateway-error.ts';
import { type Cancel, type Clock, SLEEP_THRESHOLD_MS } from '../ports/clock.ts';
import { type Call, createCall, InvalidRequest, type PendingCall, renewDeadline } from './call.ts';
import type { PeerCounters } from './counters.ts';
import { cancelled, invalidRequest, lost, overloaded, timedOut, tooLarge } from './failures.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { RequestLimits, RequestOptions } from './options.ts';
import type { PendingTable } from './pending-table.ts';
import { SendQueue } from './send-queue.ts';
import type { Settlements } from './settlements.ts';

/** A socket does not report that it has drained, so a queue that waits for it checks this often. */
const DRAIN_POLL_MS = 50;

/** Why there is no connection, and whether one is expected back. */
interface Disconnected {
  readonly expected: boolean;
  readonly problem: Problem;
}

export interface OutgoingRequestsDeps {
  readonly clock: Clock;
  readonly limits: RequestLimits;
  readonly counters: PeerCounters;
  readonly pending: PendingTable;
  readonly settlements: Settlements;
}

/** Our requests across connections: writes them, queues them, and fails those that are cancelled, overdue or lost. */
export class OutgoingRequests {
  readonly #clock: Clock;
  readonly #limits: RequestLimits;
  readonly #counters: PeerCounters;
  readonly #settlements: Settlements;
  readonly #pending: PendingTable;
  readonly #queue: SendQueue;
  // One timer for all deadlines, set to the earliest. A timer for each call cost 6 % more CPU, an `AbortSignal.timeout` 40 %.
  #dueAt = Number.POSITIVE_INFINITY;
  #cancelTimer: Cancel | undefined;
  #writer: FrameWriter | undefined;
  /** A connection that is being prepared: only requests that belong to the preparation go out on it. */
  #preparing: FrameWriter | undefined;
  #disconnected: Disconnected;
  #bypassQueue = false;

  /** @param problem why there is no connection yet */
  constructor({ clock, limits, counters, pending, settlements }: OutgoingRequestsDeps, problem: Problem) {
    this.#clock = clock;
    this.#limits = limits;
    this.#counters = counters;
    this.#pending = pending;
    this.#settlements = settlements;
    this.#disconnected = { expected: true, problem };
    this.#queue = new SendQueue(limits);
  }

  /** A connection is up, and is prepared before it is used: other requests wait or fail as if there were none. */
  prepare(writer: FrameWriter): void {
    this.#preparing = writer;
  }

  /** A connection is up. Requests that `prelude` makes go out before those that wait. */
  attach(writer: FrameWriter, prelude: () => void): void {
    this.#preparing = undefined;
    this.#writer = writer;
    this.#bypassQueue = true;
    prelude();
    this.#bypassQueue = false;
    this.pump();
  }

  detach(problem: Problem): void {
    this.#preparing = undefined;
    this.#writer = undefined;
    this.#disconnected = { expected: true, problem };
    const written = this.#pending.takeAll();
    const resendable = written.filter((call) => call.idempotent);
    for (const call of resendable) call.state = 'interrupted';
    const waits = (call: Call) => call.state === 'interrupted' || call.whenDisconnected === 'wait';
    const dropped = this.#queue.rebuild(resendable, waits);
    this.#lose([...written.filter((call) => !call.idempotent), ...dropped], problem);
  }

  close(problem: Problem): void {
    this.#preparing = undefined;
    this.#writer = undefined;
    this.#disconnected = { expected: false, problem };
    this.#cancelTimer?.();
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#lose([...this.#pending.takeAll(), ...this.#queue.rebuild([], () => false)], problem);
  }

  /** @param writer the connection that is being prepared, for a request that belongs to its preparation. */
  request(method: string, params: unknown, options: RequestOptions, writer?: FrameWriter): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#counters.requests += 1;
      try {
        const call = createCall(this.#limits, this.#clock.now(), method, params, options, resolve, reject);
        if (options.signal !== undefined) this.#listen(call, options.signal);
        if (writer === undefined) this.#submit(call);
        else this.#submitTo(writer, call);
      } catch (error) {
        reject(error instanceof InvalidRequest ? invalidRequest(method, error.message, this.#clock.wallTime()) : error);
      }
    });
  }

  pump(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    while (this.#pending.size < this.#limits.maxInFlight && !writer.isCongested) {
      const call = this.#queue.shift();
      if (call === undefined) return;
      this.#write(call, writer);
    }
    if (this.#queue.size > 0) this.#awaitDrain(writer);
  }

  resetDeadlines(): void {
    const now = this.#clock.now();
    for (const call of this.#all()) {
      call.limit = now + call.totalMs;
      renewDeadline(call, now);
    }
  }

  get hasQueue(): boolean {
    return this.#queue.size > 0;
  }

  pending(): PendingCall[] {
    const now = this.#clock.now();
    return this.#all().map((call) => ({
      method: call.method,
      ageMs: now - call.startedAt,
      state: call.state,
    }));
  }

  /** Resolves when every call made so far has settled. */
  whenSettled(): Promise<void> {
    return this.#settlements.whenSettled(this.#all());
  }

  #submitTo(writer: FrameWriter, call: Call): void {
    if (writer !== this.#preparing && writer !== this.#writer) {
      this.#lose([call], this.#disconnected.problem);
      return;
    }
    this.#write(call, writer);
    this.#watch(call.deadline);
  }

  #submit(call: Call): void {
    const writer = this.#writer;
    if (writer !== undefined) {
      const waits = (this.#queue.size > 0 && !this.#bypassQueue) || this.#pending.size >= this.#limits.maxInFlight;
      if (!waits && !writer.isCongested) {
        this.#write(call, writer);
      } else {
        this.#enqueue(call);
        this.#awaitDrain(writer);
      }
    } else if (this.#disconnected.expected && call.whenDisconnected === 'wait') {
      this.#enqueue(call);
    } else {
      this.#lose([call], this.#disconnected.problem);
      return;
    }
    this.#watch(call.deadline);
  }

  /** Room in the table comes with a reply, which calls `pump`; room in the socket is not reported by anything. */
  #awaitDrain(writer: FrameWriter): void {
    if (writer.isCongested) this.#watch(this.#clock.now() + DRAIN_POLL_MS);
  }

  #enqueue(call: Call): void {
    const limit = this.#queue.fullFor(call);
    if (limit === undefined) {
      this.#queue.push(call);
      return;
    }
    this.#counters.overloaded += 1;
    this.#settlements.reject(call, overloaded(limit, this.#clock.wallTime()));
  }

  #write(call: Call, writer: FrameWriter): void {
    const id = this.#pending.add(call);
    const text = writer.codec.request(id, call.method, call.params);
    const limit = writer.limitExceededBy(text);
    if (limit !== undefined) {
      this.#pending.remove(call);
      this.#settlements.reject(call, tooLarge(call.method, limit, this.#clock.wallTime(), call));
      return;
    }
    if (call.state === 'interrupted') this.#resume(call);
    call.state = 'written';
    if (!call.idempotent) call.params = undefined;
    writer.send(text);
  }

  /** The connection that accepted the call is gone; the next one has to accept it again within the usual time. */
  #resume(call: Call): void {
    this.#counters.resent += 1;
    call.isResent = true;
    if (!call.isAccepted) return;
    call.isAccepted = false;
    renewDeadline(call, this.#clock.now());
    this.#watch(call.deadline);
  }

  #listen(call: Call, signal: AbortSignal): void {
    if (signal.aborted) throw cancelled(call, signal.reason, this.#clock.wallTime());
    const abort = () => {
      // The listener is gone by itself already; removing it from among ten thousand others took a second.
      call.release = undefined;
      this.#counters.cancelled += 1;
      withoutStacks(() => this.#giveUp(call, cancelled(call, signal.reason, this.#clock.wallTime())));
    };
    signal.addEventListener('abort', abort, { once: true });
    call.release = () => signal.removeEventListener('abort', abort);
  }

  /** Rejects a call whose caller waits no longer, and tells the peer where the dialect can. */
  #giveUp(call: Call, error: GatewayError): void {
    if (call.state === 'written') {
      this.#pending.abandon(call);
      const writer = this.#writer ?? this.#preparing;
      const frame = writer?.codec.cancel(call.id);
      if (frame !== undefined) writer?.send(frame);
    } else {
      this.#queue.remove(call);
    }
    this.#settlements.reject(call, error);
  }

  #lose(calls: readonly Call[], problem: Problem): void {
    this.#counters.lost += calls.length;
    withoutStacks(() => {
      for (const call of calls) this.#settlements.reject(call, lost(call, problem));
    });
  }

  #all(): Call[] {
    return [...this.#pending.calls(), ...this.#queue.calls()];
  }

  #watch(deadline: number): void {
    if (deadline >= this.#dueAt) return;
    this.#cancelTimer?.();
    this.#dueAt = deadline;
    this.#cancelTimer = this.#clock.schedule(Math.max(0, deadline - this.#clock.now()), () => this.#due());
  }

  #due(): void {
    const now = this.#clock.now();
    const late = now - this.#dueAt;
    this.#cancelTimer = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
    // The machine slept: how much of the time could be used is unknown.
    if (late > SLEEP_THRESHOLD_MS) this.resetDeadlines();
    const overdue = this.#all().filter((call) => call.deadline <= now);
    this.#counters.timedOut += overdue.length;
    withoutStacks(() => {
      for (const call of overdue) this.#giveUp(call, timedOut(call, now - call.startedAt, this.#clock.wallTime()));
    });
    this.pump();
    this.#watch(this.#all().reduce((earliest, call) => Math.min(earliest, call.deadline), Number.POSITIVE_INFINITY));
  }
}
