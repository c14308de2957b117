import type { FollowUp, FollowUpResult } from '../dialect/incoming.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Call } from './call.ts';
import type { OutgoingRequests } from './outgoing-requests.ts';
import type { PendingTable } from './pending-table.ts';

/** How much longer than the peer said that it waits its answer may take. */
const MARGIN_MS = 10_000;

/** Asks how a call ended whose final answer goes to another connection. */
export class CompletionPoller {
  readonly #clock: Clock;
  readonly #pending: PendingTable;
  readonly #requests: OutgoingRequests;

  constructor(clock: Clock, pending: PendingTable, requests: OutgoingRequests) {
    this.#clock = clock;
    this.#pending = pending;
    this.#requests = requests;
  }

  /**
   * Resolves with how the call ended. Resolves with `undefined` when that cannot be found out, when the call was settled in
   * another way, and when it is on the wire under another id: it was sent again then. Never rejects.
   */
  async poll(call: Call, followUp: FollowUp): Promise<FollowUpResult | undefined> {
    const { id } = call;
    const isOpen = () => this.#pending.find(id) === call;
    while (isOpen()) {
      const askedAt = this.#clock.now();
      let answer: unknown;
      try {
        const timeoutMs = followUp.waitsMs + MARGIN_MS;
        answer = await this.#requests.request(followUp.method, followUp.params, { timeoutMs });
      } catch (error) {
        // A gateway that is busy for a while answers later. After any other failure (lost, refused) the call's own limit decides.
        if (error instanceof GatewayError && error.code === 'request.timeout') continue;
        return undefined;
      }
      if (!isOpen()) return undefined;
      const result = followUp.read(answer);
      if (result !== undefined) return result;
      // A peer that answers "not yet" at once would be asked in an endless loop.
      if (this.#clock.now() - askedAt < followUp.waitsMs / 2) return undefined;
    }
    return undefined;
  }
}
