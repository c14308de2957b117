import type { GatewayState, GatewayStatus, HealthVerdict, Problem } from '@deskclaw/protocol';
import type { Emitter } from '../events/emitter.ts';
import type { ManagerEvents, ManagerStatus } from './events.ts';
import { FailureMemory, type FailureStore } from './failure-store.ts';
import type { DerivedStatus } from './status.ts';

/** What changes by the passing of time alone, which is no reason to publish. */
type ClockKey = 'uptime' | 'latencyMs' | 'asOf';

/** All others; the compiler asks for a key that is missing here. */
const comparedKeys: Readonly<Record<Exclude<keyof GatewayStatus, ClockKey>, true>> = {
  state: true,
  phase: true,
  since: true,
  ownership: true,
  health: true,
  healthSince: true,
  watchdogAt: true,
  generation: true,
  host: true,
  port: true,
  url: true,
  pid: true,
  program: true,
  version: true,
  dialect: true,
  protocol: true,
  connectedAt: true,
  reconnectAttempts: true,
  nextRetryAt: true,
  restarts: true,
  usualBootMs: true,
  startNote: true,
  lastExit: true,
  problem: true,
  lastFailure: true,
  recovery: true,
};
const isCompared = (key: string): key is keyof typeof comparedKeys => Object.hasOwn(comparedKeys, key);
const compared = Object.keys(comparedKeys).filter(isCompared);

function isSameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  const areData = typeof one === 'object' && typeof other === 'object';
  return areData && JSON.stringify(one) === JSON.stringify(other);
}

function isSameStatus(one: Partial<GatewayStatus>, other: GatewayStatus): boolean {
  return compared.every((key) => isSameValue(one[key], other[key]));
}

/** Adds the problem as a text under the name that the original manager had for it, where copies and JSON leave it out. */
function withErrorText(status: GatewayStatus): ManagerStatus {
  const { problem } = status;
  if (problem === undefined) return status;
  return Object.defineProperty(status, 'error', { value: `${problem.title}: ${problem.detail}`, enumerable: false });
}

/**
 * Derives the status on demand, remembers since when its state and health hold and what failed last, and emits `status` and
 * `transition` when it changes.
 */
export class StatusPublisher {
  /** Returns a new object each time, which becomes the snapshot. */
  readonly #derive: () => DerivedStatus;
  readonly #now: () => number;
  readonly #toEpoch: (at: number) => number;
  readonly #events: Emitter<ManagerEvents>;
  readonly #failures: FailureMemory;
  #state: GatewayState;
  /** Monotonic ms. */
  #since: number;
  #health: HealthVerdict;
  #healthSince: number;
  #published: Partial<GatewayStatus>;
  /** The state that was published last: a newer one may have been read before it is published. */
  #publishedState: GatewayState;

  constructor(
    derive: () => DerivedStatus,
    clock: { readonly now: () => number; readonly toEpoch: (at: number) => number },
    events: Emitter<ManagerEvents>,
    failures: FailureStore,
  ) {
    this.#derive = derive;
    this.#now = clock.now;
    this.#toEpoch = clock.toEpoch;
    this.#events = events;
    this.#failures = new FailureMemory(failures);
    const first = derive();
    this.#state = first.state;
    this.#since = clock.now();
    this.#health = first.health;
    this.#healthSince = this.#since;
    this.#published = first;
    this.#publishedState = first.state;
  }

  /** Returns a fresh frozen snapshot. */
  read(): ManagerStatus {
    const derived = this.#derive();
    this.#failures.observe({ state: this.#state }, derived);
    if (derived.state !== this.#state) {
      this.#state = derived.state;
      this.#since = this.#now();
    }
    if (derived.health !== this.#health) {
      this.#health = derived.health;
      this.#healthSince = this.#now();
    }
    const { last } = this.#failures;
    const status: GatewayStatus = Object.assign(derived, {
      since: this.#toEpoch(this.#since),
      asOf: this.#toEpoch(this.#now()),
      healthSince: this.#toEpoch(this.#healthSince),
      ...(last === undefined ? undefined : { lastFailure: last }),
    });
    return Object.freeze(withErrorText(status));
  }

  /** Remembers the failure of a request that left the gateway as it was, such as a restart that could not be planned. */
  noteFailure(problem: Problem): void {
    this.#failures.note(problem);
  }

  /** To be called when anything a status is derived from may have changed. */
  refresh(): void {
    const status = this.read();
    if (isSameStatus(this.#published, status)) return;
    const from = this.#publishedState;
    this.#published = status;
    this.#publishedState = status.state;
    this.#events.emit('status', status);
    if (status.state !== from) this.#events.emit('transition', { from, to: status.state, status });
  }
}
