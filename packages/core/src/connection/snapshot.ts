import { type DurationHistogram, describeProblem, type Problem } from '@deskclaw/protocol';
import type { Session } from '../dialect/session.ts';
import type { Clock } from '../ports/clock.ts';
import type { PendingCall } from '../rpc/call.ts';
import type { PeerCounters } from '../rpc/counters.ts';
import type { RpcPeer } from '../rpc/peer.ts';
import type { Latency } from '../rpc/pending-table.ts';
import type { Driver } from './driver.ts';
import { isUnresponsive } from './heartbeat.ts';
import type { Resume } from './resume.ts';
import type { ConnectionState, ConnectionStateName } from './state.ts';

export interface ConnectionCounters extends PeerCounters {
  /** Sockets dialled. */
  readonly attempts: number;
  /** Number of times the connection became ready. */
  readonly sessions: number;
  readonly gaps: number;
}

/** Everything there is to know at one moment, fit to be logged: no parameters, no results, no secrets. */
export interface ConnectionSnapshot {
  readonly state: ConnectionStateName;
  /** Epoch ms. */
  readonly since: number;
  readonly generation: number;
  /** Counted failures of the current streak. */
  readonly attempt: number;
  /** Epoch ms. */
  readonly nextRetryAt?: number;
  readonly address: string;
  readonly session?: Session;
  /** Why the connection is not ready, or what is missing although it is. */
  readonly problem?: Problem;
  readonly latencyMs?: Latency;
  readonly roundTrips: DurationHistogram;
  /** How long the peer has been silent, where there is a connection. */
  readonly silentForMs?: number;
  readonly isResponsive: boolean;
  readonly pending: readonly PendingCall[];
  readonly counters: ConnectionCounters;
}

export function takeSnapshot(clock: Clock, driver: Driver, peer: RpcPeer, resume: Resume): ConnectionSnapshot {
  const { state, address, lastFrameAt, counts } = driver;
  const now = clock.now();
  const toEpoch = clock.wallTime() - now;
  const latencyMs = peer.latency();
  return Object.freeze({
    state: state.name,
    since: Math.round(state.since + toEpoch),
    generation: state.generation,
    attempt: 'attempt' in state ? state.attempt : 0,
    ...('retryAt' in state && state.retryAt !== undefined ? { nextRetryAt: Math.round(state.retryAt + toEpoch) } : {}),
    address,
    ...(state.name === 'ready' ? { session: state.session, silentForMs: now - lastFrameAt } : {}),
    ...problemOf(state, clock),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    roundTrips: peer.roundTrips(),
    isResponsive: state.name === 'ready' && !isUnresponsive(state.heartbeat),
    pending: peer.pending(),
    counters: { ...peer.counters, ...counts, gaps: resume.gaps },
  });
}

function problemOf(state: ConnectionState, clock: Clock): { readonly problem?: Problem } {
  if (state.name === 'ready') {
    const missing = state.session.missingScopes;
    return missing === undefined
      ? {}
      : { problem: describeProblem('auth.scope-missing', { missing }, clock.wallTime()) };
  }
  return 'last' in state && state.last !== undefined ? { problem: state.last } : {};
}
