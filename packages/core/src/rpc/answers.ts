import { RpcErrorCode } from '@deskclaw/protocol';
import type { FollowUp, Incoming, PeerError } from '../dialect/incoming.ts';
import type { Clock } from '../ports/clock.ts';
import { type Call, renewDeadline } from './call.ts';
import type { PeerCounters } from './counters.ts';
import { answeredWith } from './failures.ts';
import type { PeerInfo } from './frame-writer.ts';
import type { InFlight } from './in-flight.ts';
import type { Settler } from './settler.ts';

/** What the peer says about our calls. */
export class Answers {
  readonly #clock: Clock;
  readonly #inFlight: InFlight;
  readonly #settler: Settler;
  readonly #counters: PeerCounters;
  readonly #onFault: (error: unknown, method: string) => void;
  readonly #onElsewhere: (call: Call, followUp: FollowUp) => void;
  #facts: PeerInfo = {};

  constructor(
    clock: Clock,
    inFlight: InFlight,
    settler: Settler,
    counters: PeerCounters,
    onFault: (error: unknown, method: string) => void,
    onElsewhere: (call: Call, followUp: FollowUp) => void,
  ) {
    this.#clock = clock;
    this.#inFlight = inFlight;
    this.#settler = settler;
    this.#counters = counters;
    this.#onFault = onFault;
    this.#onElsewhere = onElsewhere;
  }

  /** From now on, whoever answers is this one. */
  hear(facts: PeerInfo): void {
    this.#facts = facts;
  }

  result(id: number, value: unknown): void {
    const call = this.#inFlight.answer(id);
    if (call === undefined) return;
    this.#counters.results += 1;
    this.#settler.resolve(call, value);
  }

  failure(id: number, error: PeerError): void {
    const call = this.#inFlight.answer(id);
    if (call === undefined) return;
    this.#counters.errors += 1;
    this.#settler.reject(call, answeredWith(call.method, error, this.#facts, this.#clock.wallTime()));
  }

  /** A broken reply that names a call ends it: nothing better will come. */
  malformed(id: number): void {
    this.#counters.malformedReplies += 1;
    if (this.#inFlight.find(id) === undefined) return;
    this.failure(id, { code: RpcErrorCode.InternalError, message: 'the answer is not a proper reply' });
  }

  accepted({ id, value, isDuplicate: isAgain, followUp }: Extract<Incoming, { readonly kind: 'accepted' }>): void {
    const call = this.#inFlight.find(id);
    if (call?.expectFinal !== true) {
      this.result(id, value);
      return;
    }
    call.isAccepted = true;
    renewDeadline(call, this.#clock.now());
    this.#report(call, value);
    // 2026.2 says no more than that. To any other a second asking that it takes on is new: it had died meanwhile, and its
    // own final answer tells more than how it ended.
    const goesElsewhere = isAgain || (call.isResent && this.#facts.marksDuplicates !== true);
    if (followUp !== undefined && goesElsewhere) this.#onElsewhere(call, followUp);
  }

  progress(id: number, value: unknown): void {
    const call = this.#inFlight.find(id);
    if (call === undefined) return;
    renewDeadline(call, this.#clock.now());
    this.#report(call, value);
  }

  #report(call: Call, value: unknown): void {
    try {
      call.onProgress?.(value);
    } catch (error) {
      this.#onFault(error, call.method);
    }
  }
}
