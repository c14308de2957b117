import type { Problem } from '@deskclaw/protocol';
import type { SocketEnd } from '../ports/sockets.ts';

/** What the peer told us when it accepted us. */
export interface Session {
  readonly dialect: 'jsonrpc' | 'openclaw';
  readonly version?: string;
  readonly protocol?: number;
  /** Absent where the peer advertises nothing. */
  readonly methods?: readonly string[];
  readonly events?: readonly string[];
  readonly scopes?: readonly string[];
  readonly maxPayload?: number;
  readonly maxBufferedBytes?: number;
  /** The peer promises a frame at least this often, ms. */
  readonly tickIntervalMs?: number;
}

/**
 * `booting`: a process of ours is coming up on this machine; ask often and cheaply (10 ms slowing to 250 ms) and count nothing.
 * `steady`: backoff with jitter and a budget.
 */
export type RetryPolicy = 'booting' | 'steady';

export interface ConnectionFailure {
  readonly problem: Problem;
  readonly verdict: Verdict;
}
/** What one failed or ended connection means for the next: the answer of the close-code table. */
export type Verdict =
  | { readonly kind: 'retry-now' }
  | { readonly kind: 'retry' }
  /** The peer named its time; a floor that costs no attempt. `progress`: it is starting up, not failing. */
  | { readonly kind: 'retry-after'; readonly ms: number; readonly progress: boolean }
  /** Trying again without a change is pointless: auth, pairing, protocol version. */
  | { readonly kind: 'pause' };

/** Times are monotonic ms of the injected clock. */
export type ConnectionState =
  | { readonly name: 'closed' }
  | {
      readonly name: 'connecting';
      readonly generation: number;
      readonly since: number;
      readonly attempt: number;
      readonly policy: RetryPolicy;
      readonly deadline: number;
    }
  | {
      readonly name: 'handshaking';
      readonly generation: number;
      readonly since: number;
      readonly attempt: number;
      readonly policy: RetryPolicy;
      readonly deadline: number;
    }
  | {
      readonly name: 'ready';
      readonly generation: number;
      readonly since: number;
      readonly attempt: number;
      readonly session: Session;
      readonly beat: Beat;
    }
  | {
      readonly name: 'waiting';
      readonly since: number;
      readonly attempt: number;
      readonly policy: RetryPolicy;
      readonly retryAt: number;
      readonly last: Problem;
    }
  | {
      readonly name: 'exhausted';
      readonly since: number;
      readonly attempt: number;
      readonly retryAt: number;
      readonly last: Problem;
    }
  | { readonly name: 'paused'; readonly since: number; readonly last: Problem };

/** Liveness of a ready connection. */
export interface Beat {
  readonly lastFrameAt: number;
  /** Unanswered pings in a row. */
  readonly missed: number;
}

export interface ConnectionEnd {
  readonly end: SocketEnd;
  readonly failure: ConnectionFailure;
}
