import type { GatewayState, GatewayStatus } from '@deskclaw/protocol';
import type { DerivedStatus } from './status.ts';

/** What changes by itself as time goes on, and so is no news. */
function withoutClocks({ uptime: _uptime, latencyMs: _latency, ...rest }: DerivedStatus): string {
  return JSON.stringify(rest);
}

export interface StatusNews {
  readonly status: GatewayStatus;
  /** Set when the state itself changed. */
  readonly from?: GatewayState;
}

/** Remembers what was last told, to know since when it holds and what is news. */
export class StatusWatch {
  readonly #derive: () => DerivedStatus;
  readonly #wallTime: () => number;
  #state: GatewayState;
  #since: number;
  #told: string;
  /** The state as it was told last: somebody may have read a newer one before it is. */
  #toldState: GatewayState;

  constructor(derive: () => DerivedStatus, wallTime: () => number) {
    this.#derive = derive;
    this.#wallTime = wallTime;
    const first = derive();
    this.#state = first.state;
    this.#since = wallTime();
    this.#told = withoutClocks(first);
    this.#toldState = first.state;
  }

  /** A fresh frozen snapshot. */
  read(): GatewayStatus {
    const derived = this.#derive();
    if (derived.state !== this.#state) {
      this.#state = derived.state;
      this.#since = this.#wallTime();
    }
    return Object.freeze({ ...derived, since: this.#since });
  }

  /** `undefined` where nothing new is to be told. */
  news(): StatusNews | undefined {
    const status = this.read();
    const told = withoutClocks(status);
    if (told === this.#told) return undefined;
    const from = this.#toldState;
    this.#told = told;
    this.#toldState = status.state;
    return status.state === from ? { status } : { status, from };
  }
}
