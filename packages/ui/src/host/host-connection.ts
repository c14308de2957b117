import type { ChannelEnd, Clock } from '@deskclaw/core/client';
import type { ControlEventName, ControlEvents, ControlMethodName, ControlMethods } from '@deskclaw/protocol';

/** One connection to a host: what the session needs of core's `ControlClient`. */
export interface HostConnection {
  call<M extends ControlMethodName>(
    method: M,
    params?: ControlMethods[M]['params'],
    options?: { readonly timeoutMs?: number },
  ): Promise<ControlMethods[M]['result']>;
  subscribe(topics: readonly ControlEventName[]): Promise<void>;
  on<E extends ControlEventName>(event: E, listener: (payload: ControlEvents[E]) => void): () => void;
  readonly closed: Promise<ChannelEnd>;
  close(): void;
}

/** What the session takes from its surroundings. */
export interface SessionPorts {
  readonly clock: Clock;
  readonly random: { next(): number; uuid(): string };
  /** Opens a connection; `onMalformed` is to be called for every frame that is none. */
  readonly connect: (onMalformed: () => void) => HostConnection;
  /** Calls back once before the next picture is painted, or soon where none is painted; returns a cancel. */
  readonly nextFrame: (run: () => void) => () => void;
}
