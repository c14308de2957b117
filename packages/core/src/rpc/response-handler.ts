import { RpcErrorCode } from '@deskclaw/protocol';
import type { FollowUp, Incoming, PeerError } from '../dialect/incoming.ts';
import type { Clock } from '../ports/clock.ts';
import { type Call, renewDeadline } from './call.ts';
import type { CompletionPoller } from './completion-poller.ts';
import type { PeerCounters } from './counters.ts';
import { answeredWith } from './failures.ts';
import type { PeerInfo } from './frame-writer.ts';
import type { PendingTable } from './pending-table.ts';
import type { Settlements } from './settlements.ts';

export interface ResponseHandlerDeps {
  readonly clock: Clock;
  readonly counters: PeerCounters;
  readonly pending: PendingTable;
  readonly settlements: Settlements;
  readonly poller: CompletionPoller;
}

/** Settles our calls by what the peer answers. */
export class ResponseHandler {
  readonly #clock: Clock;
  readonly #counters: PeerCounters;
  readonly #pending: PendingTable;
  readonly #settlements: Settlements;
  readonly #poller: CompletionPoller;
  #peer: PeerInfo = {};

  constructor({ clock, counters, pending, settlements, poller }: ResponseHandlerDeps) {
    this.#clock = clock;
    this.#counters = counters;
    this.#pending = pending;
    this.#settlements = settlements;
    this.#poller = poller;
  }

  /** Sets which peer answers from now on. */
  setPeerInfo(peer: PeerInfo): void {
    this.#peer = peer;
  }

  result(id: number, value: unknown): void {
    const call = this.#pending.takeAnswered(id);
    if (call === undefined) return;
    this.#counters.results += 1;
    this.#settlements.resolve(call, value);
  }

  failure(id: number, error: PeerError): void {
    const call = this.#pending.takeAnswered(id);
    if (call === undefined) return;
    this.#counters.errors += 1;
    this.#settlements.reject(call, answeredWith(call.method, error, this.#peer, this.#clock.wallTime()));
  }

  /** Fails the call that a broken reply names: nothing better will come. */
  malformed(id: number): void {
    this.#counters.malformedReplies += 1;
    if (this.#pending.find(id) === undefined) return;
    this.failure(id, { code: RpcErrorCode.InternalError, message: 'the answer is not a proper reply' });
  }

  accepted({ id, value, isDuplicate, followUp }: Extract<Incoming, { readonly kind: 'accepted' }>): void {
    const call = this.#pending.find(id);
    if (call?.expectFinal !== true) {
      this.result(id, value);
      return;
    }
    call.isAccepted = true;
    renewDeadline(call, this.#clock.now());
    this.#settlements.progress(call, value);
    // OpenClaw 2026.2 never marks duplicates. On later versions an unmarked accept of a resent request means that the gateway
    // had restarted and runs the request again, so its own final answer comes, and says more than a poll.
    const goesElsewhere = isDuplicate || (call.isResent && this.#peer.marksDuplicates !== true);
    if (followUp !== undefined && goesElsewhere) void this.#pollCompletion(call, followUp);
  }

  progress(id: number, value: unknown): void {
    const call = this.#pending.find(id);
    if (call === undefined) return;
    renewDeadline(call, this.#clock.now());
    this.#settlements.progress(call, value);
  }

  async #pollCompletion(call: Call, followUp: FollowUp): Promise<void> {
    const { id } = call;
    const result = await this.#poller.poll(call, followUp);
    // Between the answer and here the connection may have been replaced, and the call sent again.
    if (result === undefined || this.#pending.find(id) !== call) return;
    if (result.kind === 'result') this.result(id, result.value);
    else this.failure(id, result.error);
  }
}
