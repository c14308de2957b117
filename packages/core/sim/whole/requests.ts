import type { GatewayManager } from '../../src/manager/gateway-manager.ts';
import type { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import type { RequestAction, RequestKind } from '../connection/plan.ts';
import { type Entry, Ledger, outcomeInWords } from '../ledger.ts';
import { count, type Tally } from '../tally.ts';

const methods = {
  plain: 'cron.create',
  idempotent: 'cron.list',
  keyed: 'chat.send',
} as const satisfies Record<RequestKind, string>;

/** The requests of one manager, and the books that are kept of them. */
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

  make(manager: GatewayManager, { kind, timeoutMs, waits, abortAfterMs, bytes }: RequestAction): Entry {
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
    if (controller !== undefined) this.#clock.happen(abortAfterMs ?? 0, () => controller.abort());
    return entry;
  }

  count(tally: Tally): void {
    for (const entry of this.ledger.entries.values()) count(tally, `request: ${outcomeInWords(entry)}`);
  }
}
