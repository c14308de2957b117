import { RpcErrorCode } from '@deskclaw/protocol';
import type { FollowUp, Incoming, PeerError } from '../dialect/incoming.ts';
import { GatewayError, type RequestOutcome } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import { type Call, renewDeadline } from './call.ts';
import type { PeerCounters } from './counters.ts';
import { answeredWith } from './failures.ts';
import type { PeerInfo } from './frame-writer.ts';
import type { RequestOptions } from './options.ts';
import type { PendingTable } from './pending-table.ts';

/** How much longer than the peer said that it waits its answer about a completion may take. */
const POLL_MARGIN_MS = 10_000;

/** Called for every call that settles. */
export type SettleListener = (method: string, outcome: 'result' | RequestOutcome, tookMs: number) => void;

export interface CallListener {
  /** A listener of progress or of settlements threw. */
  readonly fault: (error: unknown, method: string) => void;
  readonly settled: SettleListener | undefined;
}

export interface SettlementsDeps {
  readonly clock: Clock;
  readonly counters: PeerCounters;
  readonly pending: PendingTable;
  readonly listener: CallListener;
}

/** Makes a request of our own; given with a reply that may need one. */
export interface Requester {
  request(method: string, params: unknown, options: RequestOptions): Promise<unknown>;
}

/** A caller of `whenSettled`, and the calls that it still waits for. */
interface Waiter {
  readonly calls: Set<Call>;
  readonly done: () => void;
}

/** Settles our calls: by what the peer answers, or with an error of ours. The one place where the promise of a call is settled. */
export class Settlements {
  readonly #clock: Clock;
  readonly #counters: PeerCounters;
  readonly #pending: PendingTable;
  readonly #listener: CallListener;
  readonly #waiters = new Set<Waiter>();
  #peer: PeerInfo = {};

  constructor({ clock, counters, pending, listener }: SettlementsDeps) {
    this.#clock = clock;
    this.#counters = counters;
    this.#pending = pending;
    this.#listener = listener;
  }

  /** Sets which peer answers from now on. */
  setPeerInfo(peer: PeerInfo): void {
    this.#peer = peer;
  }

  /** Returns whether the reply is to a request of ours, open or over. */
  result(id: number, value: unknown): boolean {
    const call = this.#pending.takeAnswered(id);
    if (call === undefined) return this.#pending.wasIssued(id);
    this.#counters.results += 1;
    call.release?.();
    call.resolve(value);
    this.#settled(call, 'result');
    return true;
  }

  /** Returns whether the reply is to a request of ours, open or over. */
  failure(id: number, error: PeerError): boolean {
    const call = this.#pending.takeAnswered(id);
    if (call === undefined) return this.#pending.wasIssued(id);
    this.#counters.errors += 1;
    this.reject(call, answeredWith(call.method, error, this.#peer, this.#clock.wallTime()));
    return true;
  }

  /** Fails the call that a broken reply names: nothing better will come. */
  malformed(id: number): void {
    this.#counters.malformedReplies += 1;
    if (this.#pending.find(id) === undefined) return;
    this.failure(id, { code: RpcErrorCode.InternalError, message: 'the answer is not a proper reply' });
  }

  accepted(
    { id, value, isDuplicate, followUp }: Extract<Incoming, { readonly kind: 'accepted' }>,
    requester: Requester,
  ): void {
    const call = this.#pending.find(id);
    if (call?.expectFinal !== true) {
      this.result(id, value);
      return;
    }
    call.isAccepted = true;
    this.#reportProgress(call, value);
    // OpenClaw 2026.2 never marks duplicates. On later versions an unmarked accept of a resent request means that the gateway
    // had restarted and runs the request again, so its own final answer comes, and says more than a poll.
    const goesElsewhere = isDuplicate || (call.isResent && this.#peer.marksDuplicates !== true);
    if (followUp !== undefined && goesElsewhere) void this.#pollCompletion(call, followUp, requester);
  }

  progress(id: number, value: unknown): void {
    const call = this.#pending.find(id);
    if (call !== undefined) this.#reportProgress(call, value);
  }

  /** Fails a call that its caller has removed from table and queue. */
  reject(call: Call, error: GatewayError): void {
    call.release?.();
    call.reject(error);
    this.#settled(call, error.outcome ?? 'unknown');
  }

  /** Resolves when each of these calls has settled, one way or another. */
  whenSettled(calls: readonly Call[]): Promise<void> {
    if (calls.length === 0) return Promise.resolve();
    return new Promise((done) => this.#waiters.add({ calls: new Set(calls), done }));
  }

  #reportProgress(call: Call, value: unknown): void {
    renewDeadline(call, this.#clock.now());
    try {
      call.onProgress?.(value);
    } catch (error) {
      this.#listener.fault(error, call.method);
    }
  }

  #settled(call: Call, outcome: 'result' | RequestOutcome): void {
    const { settled } = this.#listener;
    if (settled !== undefined) this.#notifyListener(call, outcome, settled);
    if (this.#waiters.size > 0) this.#notifyWaiters(call);
  }

  #notifyListener({ method, startedAt }: Call, outcome: 'result' | RequestOutcome, settled: SettleListener): void {
    try {
      settled(method, outcome, this.#clock.now() - startedAt);
    } catch (error) {
      this.#listener.fault(error, method);
    }
  }

  #notifyWaiters(call: Call): void {
    for (const waiter of this.#waiters) {
      waiter.calls.delete(call);
      if (waiter.calls.size > 0) continue;
      this.#waiters.delete(waiter);
      waiter.done();
    }
  }

  /** Asks how a call ended whose final answer goes to another connection. Never rejects. */
  async #pollCompletion(call: Call, followUp: FollowUp, requester: Requester): Promise<void> {
    const { id } = call;
    // The call may be settled in another way meanwhile, or be on the wire under another id: it was sent again then.
    const isOpen = () => this.#pending.find(id) === call;
    while (isOpen()) {
      const askedAt = this.#clock.now();
      let answer: unknown;
      try {
        const timeoutMs = followUp.waitsMs + POLL_MARGIN_MS;
        answer = await requester.request(followUp.method, followUp.params, { timeoutMs });
      } catch (error) {
        // A gateway that is busy for a while answers later. After any other failure (lost, refused) the call's own limit decides.
        if (error instanceof GatewayError && error.code === 'request.timeout') continue;
        return;
      }
      if (!isOpen()) return;
      const result = followUp.read(answer);
      if (result?.kind === 'result') this.result(id, result.value);
      else if (result?.kind === 'failure') this.failure(id, result.error);
      // A peer that answers "not yet" at once would be asked in an endless loop.
      else if (this.#clock.now() - askedAt < followUp.waitsMs / 2) return;
    }
  }
}
