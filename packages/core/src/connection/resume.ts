import type { Unsubscribe } from '../events/emitter.ts';

/** Events of the peer that never came. */
export interface Gap {
  readonly expected: number;
  readonly received: number;
}

/** Watches the peer's own count of its events. */
export class SequenceWatch {
  #last: number | undefined;

  /** A new connection. A peer that counts per gateway names no first number: whatever comes next is the new base. */
  reset(first: number | undefined): void {
    this.#last = first === undefined ? undefined : first - 1;
  }

  /** A number that does not rise is a peer that began to count anew. */
  observe(seq: number): Gap | undefined {
    const last = this.#last;
    this.#last = seq;
    return last === undefined || seq <= last + 1 ? undefined : { expected: last + 1, received: seq };
  }
}

/** Why what was known may be stale: events were missed on a connection, or between two. */
export type ResyncCause = GapCause | { readonly kind: 'reconnect' };
interface GapCause {
  readonly kind: 'gap';
  readonly gap: Gap;
}

/** Fetches again what events alone would have told. */
export type ResyncHook = (cause: ResyncCause) => void | Promise<void>;

/** Runs of the hooks on one connection, and what is left to be made good after the one under way. */
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

/** What makes a new connection as good as the old: subscriptions asked anew, and missed events made good. */
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

  /** A connection is up, nothing has been sent on it: subscriptions first, in the order they were declared. */
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
   * Runs the hooks once at a time: what is missed meanwhile is made good by one more run, or a peer that drops events under
   * load would be loaded more for each. A new connection waits for no run of the old.
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

  /** Over when every hook is done; one that fails hinders no other. */
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
