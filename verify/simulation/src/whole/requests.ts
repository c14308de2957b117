import type { SimulatedClock } from '@deskclaw/core/testing';
import type { RequestAction } from '../connection/plan.ts';
import { type Entry, Ledger, outcomeInWords } from '../ledger.ts';
import { methods } from '../peer-behavior.ts';
import { count, type Tally } from '../tally.ts';
import type { HostedManager } from './hosted-manager.ts';

/** Makes the requests of one manager and records them in a ledger. */
export class Requests {
  readonly ledger = new Ledger();
  readonly #clock: SimulatedClock;
  /** Time in which something could have happened, ms. */
  readonly #used: () => number;
  #made = 0;

  constructor(clock: SimulatedClock, used: () => number) {
    this.#clock = clock;
    this.#used = used;
  }

  make({ manager, host }: HostedManager, { kind, timeoutMs, waits, abortAfterMs, bytes }: RequestAction): Entry {
    this.#made += 1;
    const token = `t${String(this.#made)}`;
    const entry = this.ledger.open(token, kind !== 'plain', timeoutMs, this.#used());
    const controller = abortAfterMs === undefined ? undefined : new AbortController();
    const reply = manager.rpc<string>(
      methods[kind],
      { token, filler: 'x'.repeat(bytes) },
      {
        timeoutMs,
        whenDisconnected: waits ? 'wait' : 'reject',
        ...(kind === 'keyed' ? { idempotencyKey: token } : {}),
        ...(controller === undefined ? {} : { signal: controller.signal }),
      },
    );
    this.ledger.watch(entry, reply, this.#used);
    if (controller !== undefined) this.#clock.happen(abortAfterMs ?? 0, () => host.alive && controller.abort());
    return entry;
  }

  count(tally: Tally): void {
    for (const entry of this.ledger.entries.values()) count(tally, `request: ${outcomeInWords(entry)}`);
  }
}
