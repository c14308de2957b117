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

/** What one failed or ended connection means for the next: the answer of the close-code table. */
export type Verdict =
  /** Another try is worthwhile at once; taken for `retry` unless it is the first failure of a streak. */
  | { readonly kind: 'retry-now' }
  | { readonly kind: 'retry' }
  /** The peer named its time; a floor that costs no attempt. `progress`: it is starting up, not failing. */
  | { readonly kind: 'retry-after'; readonly ms: number; readonly progress: boolean }
  /** Trying again without a change is pointless: auth, pairing, protocol version. */
  /** `settledElsewhere`: unless it changes without a word to us, so that it is worth a look now and then. */
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
  /** The peer's word before, if it gave one. */
  readonly notice?: ShutdownNotice;
  /** It had been ready, for so long, ms. */
  readonly readyForMs?: number;
}

/** One run of attempts since the last stable connection. */
interface RetryState {
  /** Failures in this streak that count, so the number of this reconnect; 0 for a first connect, and while booting. */
  readonly attempt: number;
  /** `probing`: the slow tries that go on after the budget is spent. */
  readonly policy: RetryPolicy | 'probing';
  /** When the streak began. */
  readonly began: number;
  /** Why the attempt before failed. */
  readonly last?: Problem;
}

/** Times are monotonic ms of the injected clock. `generation` counts sockets; whatever an older one says is ignored. */
interface Timed {
  readonly generation: number;
  readonly since: number;
}

export type ConnectionState =
  /** Nothing runs and nothing will. */
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
      /** Why it waits: after an attempt that counts, or because the peer named a time. */
      readonly reason: 'backoff' | 'peer-delay';
    })
  | (Timed & { readonly name: 'exhausted'; readonly attempt: number; readonly retryAt: number; readonly last: Problem })
  /** `retryAt`: where the change may happen elsewhere; else only a user ends it. */
  | (Timed & { readonly name: 'paused'; readonly retryAt?: number; readonly last: Problem });

/**
 * Liveness of a ready connection, in steps: `alive`, then `pinged` once and again, then `unresponsive` (told, and probed with
 * a request), then replaced. `waking`: this machine stood still, so the peer is asked once before anything is judged;
 * `isTold` where it had been told of as unresponsive before.
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

/** The slow tries after giving up are no recovery until one of them succeeds. */
export function hasGivenUp(connection: ConnectionState): boolean {
  if (connection.name === 'connecting' || connection.name === 'handshaking') return connection.policy === 'probing';
  return connection.name === 'paused' || connection.name === 'exhausted';
}
