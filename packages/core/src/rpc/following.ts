import type { FollowUp } from '../dialect/incoming.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Answers } from './answers.ts';
import type { Call } from './call.ts';
import type { InFlight } from './in-flight.ts';

/** Over what the peer said it waits, for its answer to come. */
const MARGIN_MS = 10_000;

export interface FollowingPorts {
  readonly clock: Clock;
  readonly inFlight: InFlight;
  readonly answers: Answers;
  ask(followUp: FollowUp, timeoutMs: number): Promise<unknown>;
}

/** Calls whose final answer goes elsewhere: how they ended is asked for instead. */
export class Following {
  readonly #ports: FollowingPorts;

  constructor(ports: FollowingPorts) {
    this.#ports = ports;
  }

  /** Until the call is settled in this or another way, or is on the wire under another id: then it was asked anew. */
  async follow(call: Call, followUp: FollowUp): Promise<void> {
    const { clock, inFlight, answers } = this.#ports;
    const { id } = call;
    const isOpen = () => inFlight.find(id) === call;
    while (isOpen()) {
      const askedAt = clock.now();
      let answer: unknown;
      try {
        answer = await this.#ports.ask(followUp, followUp.waitsMs + MARGIN_MS);
      } catch (error) {
        // A gateway that is busy for a while answers later. Whatever else it is (lost, refused), the call has a limit of its own.
        if (error instanceof GatewayError && error.code === 'request.timeout') continue;
        return;
      }
      if (!isOpen()) return;
      const end = followUp.read(answer);
      if (end?.kind === 'result') answers.result(id, end.value);
      else if (end?.kind === 'failure') answers.failure(id, end.error);
      // One that answers "not yet" at once would be asked in circles.
      else if (clock.now() - askedAt < followUp.waitsMs / 2) return;
    }
  }
}
