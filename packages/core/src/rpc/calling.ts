import type { Problem } from '@deskclaw/protocol';
import { type GatewayError, withoutStacks } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import { Answers } from './answers.ts';
import { type Call, createCall, type PendingCall, renewDeadline } from './call.ts';
import type { PeerCounters } from './counters.ts';
import { DeadlineSweep } from './deadlines.ts';
import { InvalidRequest } from './encode.ts';
import { cancelled, invalidRequest, lost, overloaded, timedOut, tooLarge } from './failures.ts';
import { Following } from './following.ts';
import type { FrameWriter } from './frame-writer.ts';
import { InFlight } from './in-flight.ts';
import type { Latency } from './latency.ts';
import type { RequestLimits, RequestOptions } from './options.ts';
import { Outbox } from './outbox.ts';
import { type CallWatch, Settler } from './settler.ts';

/** Nothing tells when a socket has drained, so a queue that waits for it looks again this often. */
const DRAIN_POLL_MS = 50;

/** No wire: why, and whether one is expected back. */
interface Absence {
  readonly expected: boolean;
  readonly problem: Problem;
}

/** Our requests, from call to settlement, across connections. */
export class Calling {
  readonly answers: Answers;
  readonly #clock: Clock;
  readonly #limits: RequestLimits;
  readonly #counters: PeerCounters;
  readonly #settler: Settler;
  readonly #inFlight: InFlight;
  readonly #outbox: Outbox;
  readonly #sweep: DeadlineSweep;
  readonly #following: Following;
  #writer: FrameWriter | undefined;
  #absence: Absence;
  #overtaking = false;

  constructor(clock: Clock, limits: RequestLimits, counters: PeerCounters, absence: Problem, watch: CallWatch) {
    this.#clock = clock;
    this.#limits = limits;
    this.#counters = counters;
    this.#absence = { expected: true, problem: absence };
    this.#settler = new Settler(clock, watch);
    this.#inFlight = new InFlight(clock, limits.maxInFlight, counters);
    this.#outbox = new Outbox(limits);
    this.#sweep = new DeadlineSweep(clock, {
      sweep: (now) => this.#expire(now),
      resetDeadlines: () => this.resetDeadlines(),
    });
    this.answers = new Answers(clock, this.#inFlight, this.#settler, counters, watch.fault, (call, followUp) => {
      void this.#following.follow(call, followUp);
    });
    this.#following = new Following({
      clock,
      inFlight: this.#inFlight,
      answers: this.answers,
      ask: ({ method, params }, timeoutMs) => this.request(method, params, { timeoutMs }),
    });
  }

  /** What `prelude` asks goes out before what waits. */
  attach(writer: FrameWriter, prelude: () => void): void {
    this.#writer = writer;
    this.answers.hear(writer.peer);
    this.#overtaking = true;
    prelude();
    this.#overtaking = false;
    this.pump();
  }

  detach(problem: Problem): void {
    this.#writer = undefined;
    this.#absence = { expected: true, problem };
    const written = this.#inFlight.takeAll();
    const kept = written.filter((call) => call.idempotent);
    for (const call of kept) call.state = 'interrupted';
    const stays = (call: Call) => call.state === 'interrupted' || call.whenDisconnected === 'wait';
    const dropped = this.#outbox.rebuild(kept, stays);
    this.#lose([...written.filter((call) => !call.idempotent), ...dropped], problem);
  }

  close(problem: Problem): void {
    this.#writer = undefined;
    this.#absence = { expected: false, problem };
    this.#sweep.stop();
    this.#lose([...this.#inFlight.takeAll(), ...this.#outbox.rebuild([], () => false)], problem);
  }

  request(method: string, params: unknown, options: RequestOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#counters.requests += 1;
      try {
        const call = createCall(this.#limits, this.#clock.now(), method, params, options, resolve, reject);
        this.#submit(call, options.signal);
      } catch (error) {
        reject(error instanceof InvalidRequest ? invalidRequest(method, error.message, this.#clock.wallTime()) : error);
      }
    });
  }

  pump(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    while (this.#inFlight.size < this.#limits.maxInFlight && !writer.isCongested) {
      const call = this.#outbox.shift();
      if (call === undefined) return;
      this.#write(call, writer);
    }
    if (this.#outbox.size > 0) this.#awaitDrain(writer);
  }

  resetDeadlines(): void {
    const now = this.#clock.now();
    for (const call of this.#all()) {
      call.limit = now + call.totalMs;
      renewDeadline(call, now);
    }
  }

  get hasQueue(): boolean {
    return this.#outbox.size > 0;
  }

  latency(): Latency | undefined {
    return this.#inFlight.latency();
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
    return this.#settler.settled(this.#all());
  }

  #submit(call: Call, signal: AbortSignal | undefined): void {
    if (signal !== undefined) {
      if (signal.aborted) throw cancelled(call, signal.reason, this.#clock.wallTime());
      this.#listen(call, signal);
    }
    const writer = this.#writer;
    if (writer !== undefined) {
      const waits = (this.#outbox.size > 0 && !this.#overtaking) || this.#inFlight.size >= this.#limits.maxInFlight;
      if (!waits && !writer.isCongested) {
        this.#write(call, writer);
      } else {
        this.#enqueue(call);
        this.#awaitDrain(writer);
      }
    } else if (this.#absence.expected && call.whenDisconnected === 'wait') {
      this.#enqueue(call);
    } else {
      this.#lose([call], this.#absence.problem);
      return;
    }
    this.#sweep.watch(call.deadline);
  }

  /** Room in flight comes with an answer, which is heard; room in the socket is not. */
  #awaitDrain(writer: FrameWriter): void {
    if (writer.isCongested) this.#sweep.watch(this.#clock.now() + DRAIN_POLL_MS);
  }

  #enqueue(call: Call): void {
    const limit = this.#outbox.fullFor(call);
    if (limit === undefined) {
      this.#outbox.push(call);
      return;
    }
    this.#counters.overloaded += 1;
    this.#settler.reject(call, overloaded(limit, this.#clock.wallTime()));
  }

  #write(call: Call, writer: FrameWriter): void {
    const id = this.#inFlight.add(call);
    const text = writer.codec.request(id, call.method, call.params);
    const limit = writer.limitExceededBy(text);
    if (limit !== undefined) {
      this.#inFlight.remove(call);
      this.#settler.reject(call, tooLarge(call.method, limit, this.#clock.wallTime(), call));
      return;
    }
    if (call.state === 'interrupted') this.#resume(call);
    call.state = 'written';
    if (!call.idempotent) call.params = undefined;
    writer.send(text);
  }

  /** Whoever had taken it on is gone; it has to be taken on again in the usual time. */
  #resume(call: Call): void {
    this.#counters.resent += 1;
    call.isResent = true;
    if (!call.isAccepted) return;
    call.isAccepted = false;
    renewDeadline(call, this.#clock.now());
    this.#sweep.watch(call.deadline);
  }

  #listen(call: Call, signal: AbortSignal): void {
    const abort = () => {
      // Gone by itself already; looking for it among ten thousand others took a second.
      call.release = undefined;
      this.#counters.cancelled += 1;
      withoutStacks(() => this.#giveUp(call, cancelled(call, signal.reason, this.#clock.wallTime())));
    };
    signal.addEventListener('abort', abort, { once: true });
    call.release = () => signal.removeEventListener('abort', abort);
  }

  /** Its caller waits no longer, whatever the peer does. */
  #giveUp(call: Call, error: GatewayError): void {
    if (call.state === 'written') {
      this.#inFlight.abandon(call);
      const word = this.#writer?.codec.cancel(call.id);
      if (word !== undefined) this.#writer?.send(word);
    } else {
      this.#outbox.remove(call);
    }
    this.#settler.reject(call, error);
  }

  #lose(calls: readonly Call[], problem: Problem): void {
    this.#counters.lost += calls.length;
    withoutStacks(() => {
      for (const call of calls) this.#settler.reject(call, lost(call, problem));
    });
  }

  #all(): Call[] {
    return [...this.#inFlight.calls(), ...this.#outbox.calls()];
  }

  #expire(now: number): number {
    const due = this.#all().filter((call) => call.deadline <= now);
    this.#counters.timedOut += due.length;
    withoutStacks(() => {
      for (const call of due) this.#giveUp(call, timedOut(call, now - call.startedAt, this.#clock.wallTime()));
    });
    this.pump();
    return this.#all().reduce((earliest, call) => Math.min(earliest, call.deadline), Number.POSITIVE_INFINITY);
  }
}
