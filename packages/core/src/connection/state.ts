import type { Problem } from '@deskclaw/protocol';
import type { ShutdownNotice } from '../dialect/dialect.ts';
import type { Session } from '../dialect/session.ts';
import type { CloseInfo } from '../ports/sockets.ts';

export type { Session } from '../dialect/session.ts';

/**
 * `booting`: a process of ours is coming up on this machine; ask often and cheaply and count nothing.
 * `steady`: backoff with jitter and a budget.
 */
export type RetryPolicy = 'booting' | 'steady';

/** What a failed or closed connection means for the next attempt: the result of the close-code table. */
export type Verdict =
  /** Another attempt is worthwhile at once; treated as `retry` unless it is the first failure since the last stable connection. */
  | { readonly kind: 'retry-now' }
  | { readonly kind: 'retry' }
  /** The peer named a minimum delay, which costs no attempt. `progress`: the peer is starting, not failing. */
  | { readonly kind: 'retry-after'; readonly ms: number; readonly progress: boolean }
  /**
   * Another attempt without a change is pointless: auth, pairing, protocol version. `recheckPeriodically`: the change may happen
   * elsewhere without a message to us, so it is worth a check now and then.
   */
  | { readonly kind: 'pause'; readonly recheckPeriodically?: true };

export interface ConnectionFailure {
  readonly problem: Problem;
  readonly verdict: Verdict;
}

/** How a connection (or an attempt at one) ended. */
export interface DisconnectInfo {
  readonly failure: ConnectionFailure;
  /** Absent where we ended it ourselves. */
  readonly close?: CloseInfo;
  /** The shutdown notice before the close, if there was one. */
  readonly notice?: ShutdownNotice;
  /** How long the connection had been ready, ms; absent for an attempt. */
  readonly readyForMs?: number;
}

/** The attempts since the last stable connection. */
interface RetryState {
  /** Failures that count, so the number of this reconnect; 0 for a first connect, and while booting. */
  readonly attempt: number;
  /** `probing`: the slow tries that go on after the budget is spent. */
  readonly policy: RetryPolicy | 'probing';
  /** When the first of these attempts began. */
  readonly began: number;
  /** Why the attempt before failed. */
  readonly last?: Problem;
}

/** Times are monotonic ms of the injected clock. `generation` counts sockets; events of an older one are ignored. */
interface Timed {
  readonly generation: number;
  readonly since: number;
}

export type ConnectionState =
  /** No socket and no pending attempt; only a user request starts one. */
  | (Timed & { readonly name: 'closed' })
  | (Timed & RetryState & { readonly name: 'connecting'; readonly deadline: number })
  | (Timed & RetryState & { readonly name: 'handshaking'; readonly deadline: number })
  | (Timed & {
      readonly name: 'ready';
      readonly attempt: number;
      readonly session: Session;
      readonly heartbeat: Heartbeat;
    })
  | (Timed & {
      readonly name: 'waiting';
      readonly attempt: number;
      readonly policy: RetryPolicy;
      readonly began: number;
      readonly retryAt: number;
      readonly last: Problem;
      /** Why the connection waits: after an attempt that counts, or because the peer named a delay. */
      readonly reason: 'backoff' | 'peer-delay';
    })
  | (Timed & { readonly name: 'exhausted'; readonly attempt: number; readonly retryAt: number; readonly last: Problem })
  /** `retryAt`: the next check, if the change may happen elsewhere; without it only a user ends the pause. */
  | (Timed & { readonly name: 'paused'; readonly retryAt?: number; readonly last: Problem });

/**
 * Liveness of a ready connection, in steps: `alive`, then `pinged` once and again, then `unresponsive` (emitted, and probed with
 * a request), then replaced. `waking`: this machine slept, so the peer is probed once before it is judged;
 * `isReported` is set if the peer was reported as unresponsive before.
 */
export type Heartbeat =
  | { readonly phase: 'alive'; readonly dueAt: number }
  | { readonly phase: 'pinged'; readonly missed: number; readonly since: number; readonly dueAt: number }
  | { readonly phase: 'unresponsive'; readonly since: number; readonly dueAt: number }
  | { readonly phase: 'waking'; readonly since: number; readonly dueAt: number; readonly isReported: boolean };

export type ConnectionStateName = ConnectionState['name'];

/** The documented edges; a state may also be left for itself. */
export const connectionEdges: Readonly<Record<ConnectionStateName, readonly ConnectionStateName[]>> = {
  closed: ['connecting'],
  connecting: ['handshaking', 'waiting', 'exhausted', 'paused', 'closed', 'connecting'],
  handshaking: ['ready', 'waiting', 'exhausted', 'paused', 'closed', 'connecting'],
  ready: ['waiting', 'connecting', 'exhausted', 'paused', 'closed'],
  waiting: ['connecting', 'closed'],
  exhausted: ['connecting', 'closed'],
  paused: ['connecting', 'closed'],
};

/** Returns whether the retry budget is spent: slow probes are no recovery until one of them succeeds. */
export function hasStoppedRetrying(connection: ConnectionState): boolean {
  if (connection.name === 'connecting' || connection.name === 'handshaking') return connection.policy === 'probing';
  return connection.name === 'paused' || connection.name === 'exhausted';
}
