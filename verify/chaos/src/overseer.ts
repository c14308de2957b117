import { nodeClock } from '@deskclaw/core';
import { delay } from '@deskclaw/core/internal';
import type { HostLine } from './host-line.ts';
import { Broken } from './invariants.ts';
import type { Ledger } from './ledger.ts';
import { gatewaysOf, processesOf } from './process-table.ts';
import { disagreement, tooMany } from './truth.ts';

const POLL_INTERVAL_MS = 150;
/** Time from an exit to its event: two event loops, the host's and ours, on a machine that is loaded on purpose. */
const TIMEOUT_MS = 5_000;

/** Polls the process table during the run and compares it with the reported status. */
export class Overseer {
  readonly #line: HostLine;
  readonly #ledger: Ledger;
  readonly #run: string;
  #over = false;
  #since: number | undefined;

  constructor(line: HostLine, ledger: Ledger, run: string) {
    this.#line = line;
    this.#ledger = ledger;
    this.#run = run;
  }

  /** Runs until `stop`. @throws Broken */
  async watch(): Promise<void> {
    while (!this.#over) {
      this.#look();
      await delay(nodeClock, POLL_INTERVAL_MS);
    }
  }

  stop(): void {
    this.#over = true;
  }

  #look(): void {
    const { died, status } = this.#line;
    if (died !== undefined) throw new Broken('hosts that died by themselves', died);
    const many = tooMany(processesOf(this.#run));
    if (many !== undefined) throw new Broken('two gateways at once', many);
    const [lost] = this.#ledger.lost(nodeClock.now());
    if (lost !== undefined) throw new Broken('requests lost', lost);
    const [twice] = this.#ledger.settledTwice();
    if (twice !== undefined) throw new Broken('requests settled twice', twice);
    const differs = status === undefined ? undefined : disagreement(status, gatewaysOf(this.#run));
    if (differs === undefined) {
      this.#since = undefined;
      return;
    }
    this.#since ??= nodeClock.now();
    if (nodeClock.now() - this.#since > TIMEOUT_MS) throw new Broken('status against the process table', differs);
  }
}
