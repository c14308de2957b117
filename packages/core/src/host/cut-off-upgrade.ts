import { existsSync } from 'node:fs';
import type { CutOffEnd, OpenClawProgram } from '@deskclaw/protocol';
import type { Clock } from '../ports/clock.ts';
import { delay } from '../process/delay.ts';
import type { RunningGateway } from './running-gateway.ts';

/** Ends an upgrade that was cut off; `undefined`: there is none, or it is still under way. */
export type SettleUpgrade = (gateway: RunningGateway, startAgain: boolean) => Promise<CutOffEnd | undefined>;

export interface CutOffParts {
  readonly settle: SettleUpgrade;
  /** The file of what is begun: without it there is nothing to end. */
  readonly journal: string;
  /** The gateway of the host, for one undertaking: it is not started any more once somebody has stopped it. */
  readonly gateway: () => RunningGateway;
  readonly clock: Clock;
  readonly onEnd: (end: CutOffEnd) => void;
  readonly onTrouble: (error: unknown) => void;
}

const LOOK_EVERY_MS = 200;

/** What became of it is told until another version runs than the one it came to. */
export function isOver({ end, from, to }: CutOffEnd, { version }: OpenClawProgram): boolean {
  return from !== '' && version !== (end === 'finished' ? to : from);
}

/** Sees to it that an upgrade whose process died is ended by the host that it upgraded, one at a time. */
export class CutOffUpgrade {
  readonly #parts: CutOffParts;
  #settling: Promise<CutOffEnd | undefined> | undefined;
  #watching = false;
  #closed = false;

  constructor(parts: CutOffParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return existsSync(this.#parts.journal);
  }

  close(): void {
    this.#closed = true;
  }

  /** @throws GatewayError where neither way is open. */
  settle(startAgain: boolean): Promise<CutOffEnd | undefined> {
    this.#settling ??= this.#settle(startAgain).finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  /** A shell has left: if it was the one that upgrades, and did not leave by its own will, its death is seen here. */
  async watch(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    try {
      while (this.isOpen && !this.#closed && (await this.settle(true)) === undefined) {
        await delay(this.#parts.clock, LOOK_EVERY_MS);
      }
    } catch {
      // It has been told; the next start tries again.
    } finally {
      this.#watching = false;
    }
  }

  async #settle(startAgain: boolean): Promise<CutOffEnd | undefined> {
    if (!this.isOpen) return undefined;
    try {
      const end = await this.#parts.settle(this.#parts.gateway(), startAgain);
      if (end !== undefined) this.#parts.onEnd(end);
      return end;
    } catch (error) {
      this.#parts.onTrouble(error);
      throw error;
    }
  }
}
