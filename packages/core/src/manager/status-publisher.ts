import type { GatewayState, GatewayStatus } from '@deskclaw/protocol';
import type { Emitter } from '../events/emitter.ts';
import type { ManagerEvents } from './events.ts';
import type { DerivedStatus } from './status.ts';

/** Leaves out what changes by the passing of time alone, which is no reason to publish. */
function withoutClocks({ uptime: _uptime, latencyMs: _latency, ...rest }: DerivedStatus): string {
  return JSON.stringify(rest);
}

/** Derives the status on demand, remembers since when its state holds, and emits `status` and `transition` when it changes. */
export class StatusPublisher {
  readonly #derive: () => DerivedStatus;
  readonly #wallTime: () => number;
  readonly #events: Emitter<ManagerEvents>;
  #state: GatewayState;
  #since: number;
  #published: string;
  /** The state that was published last: a newer one may have been read before it is published. */
  #publishedState: GatewayState;

  constructor(derive: () => DerivedStatus, wallTime: () => number, events: Emitter<ManagerEvents>) {
    this.#derive = derive;
    this.#wallTime = wallTime;
    this.#events = events;
    const first = derive();
    this.#state = first.state;
    this.#since = wallTime();
    this.#published = withoutClocks(first);
    this.#publishedState = first.state;
  }

  /** Returns a fresh frozen snapshot. */
  read(): GatewayStatus {
    const derived = this.#derive();
    if (derived.state !== this.#state) {
      this.#state = derived.state;
      this.#since = this.#wallTime();
    }
    return Object.freeze({ ...derived, since: this.#since });
  }

  /** To be called when anything a status is derived from may have changed. */
  refresh(): void {
    const status = this.read();
    const content = withoutClocks(status);
    if (content === this.#published) return;
    const from = this.#publishedState;
    this.#published = content;
    this.#publishedState = status.state;
    this.#events.emit('status', status);
    if (status.state !== from) this.#events.emit('transition', { from, to: status.state, status });
  }
}
