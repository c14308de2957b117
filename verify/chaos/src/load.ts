import { GatewayError, nodeClock } from '@deskclaw/core';
import { delay } from '@deskclaw/core/internal';
import type { SeededRandom } from '@deskclaw/core/testing';
import type { HostLine } from './host-line.ts';
import type { Ledger, RequestKind, Settlement } from './ledger.ts';

const WORKERS = 4;
const REQUEST_MS = 3_000;
/** The host's own deadline is earlier, unless the host is frozen. */
const CONTROL_MS = 20_000;
const kinds: readonly RequestKind[] = ['plain', 'keyed', 'idempotent'];

/** Requests without pause, whatever else happens. */
export class Load {
  readonly #line: HostLine;
  readonly #ledger: Ledger;
  readonly #random: SeededRandom;
  #over = false;
  #made = 0;
  #workers: readonly Promise<void>[] = [];
  /** Rejections without an `outcome`. */
  readonly mute: string[] = [];

  constructor(line: HostLine, ledger: Ledger, random: SeededRandom) {
    this.#line = line;
    this.#ledger = ledger;
    this.#random = random;
  }

  start(): void {
    this.#workers = Array.from({ length: WORKERS }, () => this.#work());
  }

  /** Resolves when the last request is settled. */
  async stop(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#workers);
  }

  async #work(): Promise<void> {
    while (!this.#over) {
      if (this.#line.client !== undefined) await this.#ask(this.#random.pick(kinds));
      await delay(nodeClock, this.#random.integer(2, 40));
    }
  }

  async #ask(kind: RequestKind): Promise<void> {
    const { client } = this.#line;
    if (client === undefined) return;
    this.#made += 1;
    const id = `${kind}-${String(this.#made)}`;
    this.#ledger.open(id, kind, nodeClock.now());
    const work = kind === 'idempotent' ? { method: 'system.health' } : { method: 'cron.delete', params: { jobId: id } };
    const key = kind === 'keyed' ? { idempotencyKey: id } : {};
    const request = { ...work, ...key, timeoutMs: REQUEST_MS };
    const settlement = await client.call('gateway.rpc', request, { timeoutMs: CONTROL_MS }).then(
      () => 'result' as const,
      (error: unknown) => this.#outcomeOf(id, error),
    );
    this.#ledger.settle(id, settlement);
  }

  #outcomeOf(id: string, error: unknown): Settlement {
    if (error instanceof GatewayError && error.outcome !== undefined) return error.outcome;
    this.mute.push(`${id}: ${error instanceof Error ? error.message : String(error)}`);
    return 'unknown';
  }
}
