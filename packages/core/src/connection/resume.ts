import type { Unsubscribe } from '../rpc/emitter.ts';

/** Events of the peer that never came. */
export interface Gap {
  readonly expected: number;
  readonly received: number;
}

/** Watches the peer's own count of its events. It counts per connection, or per gateway: the first number seen is the base. */
export class SequenceWatch {
  #last: number | undefined;

  /** A new connection: whatever comes next is the new base. */
  reset(): void {
    this.#last = undefined;
  }

  /** A number that does not rise is a peer that began to count anew. */
  observe(seq: number): Gap | undefined {
    const last = this.#last;
    this.#last = seq;
    return last === undefined || seq <= last + 1 ? undefined : { expected: last + 1, received: seq };
  }
}

/** Why what was known may be stale: events were missed on a connection, or between two. */
export type ResyncCause = { readonly kind: 'gap'; readonly gap: Gap } | { readonly kind: 'reconnect' };

/** Fetches again what events alone would have told. */
export type ResyncHook = (cause: ResyncCause) => void | Promise<void>;

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
  replay(): void {
    this.#sequence.reset();
    for (const subscription of this.#subscriptions) this.#ask(subscription);
  }

  observe(seq: number): void {
    const gap = this.#sequence.observe(seq);
    if (gap === undefined) return;
    this.#gaps += 1;
    this.#ports.onGap(gap);
    void this.resync({ kind: 'gap', gap });
  }

  /** Resolves when every hook is done; one that fails hinders no other. */
  async resync(cause: ResyncCause): Promise<void> {
    const runs = await Promise.allSettled([...this.#hooks].map(async (hook) => hook(cause)));
    for (const run of runs) if (run.status === 'rejected') this.#ports.onFault('A resync hook failed', run.reason);
    this.#ports.onResynced(cause);
  }

  #ask({ method, params }: Subscription): void {
    this.#ports.request(method, params).catch((error: unknown) => {
      // Lost with its connection: the next one asks again.
      if (this.#ports.isReady()) this.#ports.onFault(`The subscription "${method}" was refused`, error);
    });
  }
}
