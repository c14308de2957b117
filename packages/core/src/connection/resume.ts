import type { Unsubscribe } from '../events/emitter.ts';

/** Events of the peer that were not received. */
export interface Gap {
  readonly expected: number;
  readonly received: number;
}

/** Watches the peer's own count of its events. */
export class SequenceWatch {
  #last: number | undefined;

  /** Starts on a new connection. A peer that counts for all its connections has no first number: the next one is the new base. */
  reset(first: number | undefined): void {
    this.#last = first === undefined ? undefined : first - 1;
  }

  /** Returns the gap before this number. A number that does not rise means that the peer started to count again. */
  observe(seq: number): Gap | undefined {
    const last = this.#last;
    this.#last = seq;
    return last === undefined || seq <= last + 1 ? undefined : { expected: last + 1, received: seq };
  }
}

/** Why data may be stale: events were missed on a connection, or between two. */
export type ResyncCause = GapCause | { readonly kind: 'reconnect' };
interface GapCause {
  readonly kind: 'gap';
  readonly gap: Gap;
}

/** Fetches again what the missed events reported. */
export type ResyncHook = (cause: ResyncCause) => void | Promise<void>;

/** The runs of the hooks on one connection, and the gap that needs another run after the current one. */
interface Round {
  next: GapCause | undefined;
}

function span(first: Gap, last: Gap): Gap {
  return { expected: first.expected, received: last.received };
}

interface Subscription {
  readonly method: string;
  readonly params: unknown;
}

export interface ResumePorts {
  request(method: string, params: unknown): Promise<unknown>;
  isReady(): boolean;
  onGap(gap: Gap): void;
  onResynced(cause: ResyncCause): void;
  /** A subscription that was refused, or a hook that failed. */
  onFault(what: string, error: unknown): void;
}

/** Restores what the previous connection had: sends subscriptions again, and runs the resync hooks for missed events. */
export class Resume {
  readonly #ports: ResumePorts;
  readonly #subscriptions = new Set<Subscription>();
  readonly #hooks = new Set<ResyncHook>();
  readonly #sequence = new SequenceWatch();
  #gaps = 0;
  #round: Round | undefined;

  constructor(ports: ResumePorts) {
    this.#ports = ports;
  }

  get gaps(): number {
    return this.#gaps;
  }

  subscribe(method: string, params: unknown): Unsubscribe {
    const subscription = { method, params };
    this.#subscriptions.add(subscription);
    if (this.#ports.isReady()) this.#ask(subscription);
    return () => this.#subscriptions.delete(subscription);
  }

  onResync(hook: ResyncHook): Unsubscribe {
    this.#hooks.add(hook);
    return () => this.#hooks.delete(hook);
  }

  /** Sends the subscriptions on a new connection before anything else, in the order in which they were declared. */
  replay(firstSeq: number | undefined): void {
    this.#sequence.reset(firstSeq);
    for (const subscription of this.#subscriptions) this.#ask(subscription);
  }

  observe(seq: number): void {
    const gap = this.#sequence.observe(seq);
    if (gap === undefined) return;
    this.#gaps += 1;
    this.#ports.onGap(gap);
    void this.resync({ kind: 'gap', gap });
  }

  /**
   * Runs the hooks one at a time. Gaps during a run cause one more run, as a run for each would load a peer more that drops
   * events under load. A new connection does not wait for the run of the previous one.
   */
  async resync(cause: ResyncCause): Promise<void> {
    if (cause.kind === 'gap' && this.#round !== undefined) {
      this.#round.next =
        this.#round.next === undefined ? cause : { kind: 'gap', gap: span(this.#round.next.gap, cause.gap) };
      return;
    }
    const round: Round = { next: undefined };
    this.#round = round;
    await this.#run(cause, round);
    while (round.next !== undefined && this.#round === round) {
      const { next } = round;
      round.next = undefined;
      await this.#run(next, round);
    }
    if (this.#round === round) this.#round = undefined;
  }

  /** Resolves when every hook is done; a hook that fails stops no other. */
  async #run(cause: ResyncCause, round: Round): Promise<void> {
    const runs = await Promise.allSettled([...this.#hooks].map(async (hook) => hook(cause)));
    for (const run of runs) if (run.status === 'rejected') this.#ports.onFault('A resync hook failed', run.reason);
    if (this.#round === round) this.#ports.onResynced(cause);
  }

  #ask({ method, params }: Subscription): void {
    this.#ports.request(method, params).catch((error: unknown) => {
      // Lost with its connection: the next one asks again.
      if (this.#ports.isReady()) this.#ports.onFault(`The subscription "${method}" was refused`, error);
    });
  }
}
