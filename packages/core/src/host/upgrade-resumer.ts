import { existsSync } from 'node:fs';
import type { InterruptedUpgrade, OpenClawProgram } from '@deskclaw/protocol';
import type { Clock } from '../ports/clock.ts';
import { delay } from '../process/delay.ts';
import type { GatewayControl } from '../upgrade/gateway-control.ts';

/** Ends an upgrade that was cut off; `undefined`: there is none, or it is still under way. */
export type ResumeUpgrade = (gateway: GatewayControl, restart: boolean) => Promise<InterruptedUpgrade | undefined>;

export interface InterruptedUpgradeDeps {
  readonly resume: ResumeUpgrade;
  /** The file of what is begun: without it there is nothing to end. */
  readonly journal: string;
  /** The gateway of the host, for one undertaking: it is not started any more once somebody has stopped it. */
  readonly gateway: () => GatewayControl;
  readonly clock: Clock;
  readonly onResult: (end: InterruptedUpgrade) => void;
  readonly onError: (error: unknown) => void;
}

const POLL_INTERVAL_MS = 200;

/** What became of it is told until another version runs than the one it came to. */
export function isOutdated({ outcome: end, from, to }: InterruptedUpgrade, { version }: OpenClawProgram): boolean {
  return from !== '' && version !== (end === 'finished' ? to : from);
}

/** Sees to it that an upgrade whose process died is ended by the host that it upgraded, one at a time. */
export class UpgradeResumer {
  readonly #deps: InterruptedUpgradeDeps;
  #resuming: Promise<InterruptedUpgrade | undefined> | undefined;
  #watching = false;
  #closed = false;

  constructor(deps: InterruptedUpgradeDeps) {
    this.#deps = deps;
  }

  get isPending(): boolean {
    return existsSync(this.#deps.journal);
  }

  close(): void {
    this.#closed = true;
  }

  /** @throws GatewayError where neither way is open. */
  resume(restart: boolean): Promise<InterruptedUpgrade | undefined> {
    this.#resuming ??= this.#resume(restart).finally(() => {
      this.#resuming = undefined;
    });
    return this.#resuming;
  }

  /** A shell has left: if it was the one that upgrades, and did not leave by its own will, its death is seen here. */
  async watch(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    try {
      while (this.isPending && !this.#closed && (await this.resume(true)) === undefined) {
        await delay(this.#deps.clock, POLL_INTERVAL_MS);
      }
    } catch {
      // It has been told; the next start tries again.
    } finally {
      this.#watching = false;
    }
  }

  async #resume(restart: boolean): Promise<InterruptedUpgrade | undefined> {
    if (!this.isPending) return undefined;
    try {
      const end = await this.#deps.resume(this.#deps.gateway(), restart);
      if (end !== undefined) this.#deps.onResult(end);
      return end;
    } catch (error) {
      this.#deps.onError(error);
      throw error;
    }
  }
}
