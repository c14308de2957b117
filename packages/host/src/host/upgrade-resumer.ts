import { existsSync } from 'node:fs';
import type { Clock } from '@deskclaw/core';
import { delay } from '@deskclaw/core/internal';
import type { InterruptedUpgrade, OpenClawProgram } from '@deskclaw/protocol';
import type { GatewayControl } from '../upgrade/upgrade-run.ts';

/** Finishes or undoes an interrupted upgrade. Resolves with `undefined` if there is none, or if its process still runs. */
export type ResumeUpgrade = (gateway: GatewayControl, restart: boolean) => Promise<InterruptedUpgrade | undefined>;

export interface InterruptedUpgradeDeps {
  readonly resume: ResumeUpgrade;
  /** Path of the upgrade journal: without the file nothing is pending. */
  readonly journal: string;
  /** Returns control of the host's gateway for one resumption: it refuses to start after a user requested a stop. */
  readonly gateway: () => GatewayControl;
  readonly clock: Clock;
  readonly onResult: (end: InterruptedUpgrade) => void;
  readonly onError: (error: unknown) => void;
}

const POLL_INTERVAL_MS = 200;

/** Tells whether the result no longer needs to be shown: another version than the resulting one runs now. */
export function isOutdated({ outcome: end, from, to }: InterruptedUpgrade, { version }: OpenClawProgram): boolean {
  return from !== '' && version !== (end === 'finished' ? to : from);
}

/** Resumes, in the host of the profile, an upgrade whose process died; one at a time. */
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

  /** Called when a client disconnects: resumes the upgrade if that client was running it and died. */
  async watch(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    try {
      while (this.isPending && !this.#closed && (await this.resume(true)) === undefined) {
        await delay(this.#deps.clock, POLL_INTERVAL_MS);
      }
    } catch {
      // `resume` has reported the failure; the next start tries again.
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
