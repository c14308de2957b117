import type { Clock } from '@deskclaw/core';
import type { OperationKind } from '@deskclaw/core/internal';
import { type GatewayState, type GatewayStatus, type LifecycleResult, stateEdges } from '@deskclaw/protocol';

/** The limits of every manager; the invariants are stated by them. */
export const limits = {
  reconnect: { baseDelayMs: 100, maxDelayMs: 2_000, maxAttempts: 4, stableAfterMs: 1_000 },
  startup: { timeoutMs: 5_000 },
  request: { timeoutMs: 5_000, maxInFlight: 8 },
  health: { intervalMs: 5_000, unresponsiveAfterMs: 8_000 },
  heartbeat: { intervalMs: 2_000, timeoutMs: 1_000, probeMs: 1_000 },
  graceMs: 1_000,
  crash: { maxCrashes: 3, windowMs: 60_000, stableAfterMs: 5_000 },
} as const;

/** Truth of the simulated machine, with which a status is compared. */
export interface Seen {
  /** Epoch ms. */
  readonly now: number;
  /** Living main processes that this host spawned and has a pid for, or adopted. */
  readonly mains: readonly number[];
  /** Whether a main process of ours with this pid lives, or died so recently that the exit may be unnoticed. */
  readonly mayLive: (pid: number) => boolean;
  readonly sockets: number;
  readonly isConnected: boolean;
}

/** A retry waits for the connection's cap at most, or for as long as a peer asked. */
const LONGEST_WAIT_MS = 375_000;
const LEAST_RESPAWN_MS = 250;
const LONGEST_RESPAWN_MS = 30_000;

/** Where a status and the machine disagree. */
export function* statusFaults(status: GatewayStatus, seen: Seen): Generator<string> {
  const { state, phase, pid, ownership, problem, nextRetryAt } = status;
  if (state === 'running' && !seen.isConnected) yield 'running without a connection';
  if (seen.isConnected !== (status.connectedAt !== undefined)) yield 'isConnected() and connectedAt disagree';
  if (state === 'running' && ownership === 'none') yield 'running, but owned by nobody';
  if (state === 'running' && ownership === 'owned' && pid === undefined) yield 'running and owned, without a pid';
  if (ownership === 'attached' && pid !== undefined) yield `attached, but to pid ${String(pid)} of ours`;
  if (state === 'stopped') yield* stoppedFaults(status, seen);
  if (state === 'error' && problem === undefined) yield `error (${phase}) without a problem`;
  if (state === 'error' && seen.isConnected) yield `error (${phase}), though it is connected`;
  if (pid !== undefined && phase !== 'terminating' && phase !== 'failed' && !seen.mayLive(pid))
    yield `${state} (${phase}) with pid ${String(pid)}, which is dead`;
  const [main] = seen.mains;
  if (main !== undefined && pid !== main) yield `pid ${String(pid)}, but ${String(main)} lives (${state}, ${phase})`;
  if ((phase === 'backoff' || phase === 'waiting-retry' || phase === 'exhausted') && nextRetryAt === undefined)
    yield `${phase} without nextRetryAt`;
  if (nextRetryAt !== undefined && nextRetryAt - seen.now > LONGEST_WAIT_MS)
    yield `the next retry is ${String(nextRetryAt - seen.now)} ms away`;
}

function* stoppedFaults({ pid, ownership, problem }: GatewayStatus, { mains, sockets }: Seen): Generator<string> {
  if (mains.length > 0) yield `stopped, but pid ${mains.join(', ')} lives`;
  if (pid !== undefined) yield `stopped, but it names pid ${String(pid)}`;
  if (ownership !== 'none') yield `stopped, but ${ownership}`;
  if (sockets > 0) yield `stopped with ${String(sockets)} sockets`;
  if (problem !== undefined) yield `stopped, with the problem ${problem.code}`;
}

/** Yields a message if a change of state is not permitted or does not continue the previous one. */
export function* edgeFaults(from: GatewayState, to: GatewayState, reportedBefore: GatewayState): Generator<string> {
  if (from !== reportedBefore) yield `a change from ${from}, though ${reportedBefore} was told`;
  if (!stateEdges[from].includes(to)) yield `${from} -> ${to} is no edge`;
}

/** Returns when the announced respawn is due, monotonic ms: a jump of the wall clock moves `nextRetryAt`, and not the respawn. */
export function respawnDue({ phase, nextRetryAt }: GatewayStatus, clock: Pick<Clock, 'now' | 'wallTime'>) {
  return phase === 'backoff' && nextRetryAt !== undefined ? clock.now() + nextRetryAt - clock.wallTime() : undefined;
}

/** Returns the delay of a respawn that was just announced, ms; `undefined` if none was, or it was announced before. */
export function respawnWait(before: number | undefined, due: number | undefined, now: number): number | undefined {
  // Epoch times are whole: the same moment may differ by a rounding.
  const isNew = due !== undefined && (before === undefined || Math.abs(due - before) > 2);
  return isNew ? due - now : undefined;
}

export function* respawnFaults(waitMs: number): Generator<string> {
  // Epoch times are whole.
  if (waitMs < LEAST_RESPAWN_MS - 1 || waitMs > LONGEST_RESPAWN_MS + 1)
    yield `a respawn in ${String(waitMs)} ms, not ${String(LEAST_RESPAWN_MS)} to ${String(LONGEST_RESPAWN_MS)}`;
}

const compared = ['state', 'phase', 'ownership', 'health', 'generation', 'pid', 'port', 'restarts'] as const;

/** Yields each difference between the current status and the last one emitted: every change must be emitted. */
export function* unreportedFaults(reported: GatewayStatus, now: GatewayStatus): Generator<string> {
  for (const key of compared)
    if (reported[key] !== now[key]) yield `${key} is ${String(now[key])}, but ${String(reported[key])} was told`;
  if (reported.problem?.code !== now.problem?.code)
    yield `the problem is ${String(now.problem?.code)}, but ${String(reported.problem?.code)} was told`;
}

/** One user request, with the state of the machine when it was answered. */
export interface Answered {
  readonly kind: OperationKind;
  readonly result: LifecycleResult;
  /** No newer request was made meanwhile. */
  readonly isLast: boolean;
  readonly status: GatewayStatus;
  readonly seen: Seen;
  /** Main processes of ours that lived when it was asked for and live still. */
  readonly survivors: readonly number[];
  /** Living processes of ours, helpers too. */
  readonly ours: readonly number[];
  /** Timers of this manager that belong to no pending `waitFor`. */
  readonly timers: number;
}

/** Yields a message for each false claim in the answer to a start, stop or restart. */
export function* answerFaults(answered: Answered): Generator<string> {
  const { kind, result, isLast, status, seen, survivors } = answered;
  const { outcome, pid } = result;
  if (isLast && outcome === 'superseded') yield `${kind} is called superseded, and nothing came after it`;
  if (kind === 'stop') {
    if (outcome === 'applied' || (isLast && outcome === 'joined')) yield* stopFaults(answered);
    return;
  }
  if (isLast && status.state !== 'running') yield `${kind} ${outcome}, but ${status.state}`;
  if (isLast && result.generation !== status.generation)
    yield `${kind} ${outcome} as generation ${String(result.generation)}, not ${String(status.generation)}`;
  if (pid !== undefined && !seen.mayLive(pid)) yield `${kind} ${outcome} with pid ${String(pid)}, which is dead`;
  if (kind === 'restart' && outcome === 'applied' && survivors.length > 0)
    yield `restart applied, but pid ${survivors.join(', ')} from before lives`;
}

function* stopFaults({ result, isLast, status, seen, ours, timers }: Answered): Generator<string> {
  const { outcome } = result;
  if (ours.length > 0) yield `stop ${outcome}, but pid ${ours.join(', ')} lives`;
  if (!isLast) return;
  if (status.state !== 'stopped') yield `stop ${outcome}, but ${status.state} (${status.phase})`;
  if (seen.sockets > 0) yield `stop ${outcome} with ${String(seen.sockets)} sockets`;
  if (timers > 0) yield `stop ${outcome} with ${String(timers)} timers`;
}

/** Returns why a call may not be refused with this error. */
export function* refusalFaults(
  kind: OperationKind,
  refused: {
    readonly code: string | undefined;
    readonly isLast: boolean;
    readonly wasStopped: boolean;
    /** Since the call. */
    readonly waitedMs: number;
  },
  status: GatewayStatus,
): Generator<string> {
  const { code, isLast, wasStopped, waitedMs } = refused;
  if (code === undefined) yield `${kind} failed with something that is no GatewayError`;
  if (code === 'internal') yield `${kind} failed for a fault of our own`;
  if (code === 'aborted' && !wasStopped) yield `${kind} was aborted, and nobody had stopped it`;
  // A gateway that works is left alone, but no start waits for ever: its answer says so.
  const isLeftBusy =
    code === 'gateway.unresponsive' && status.health === 'busy' && waitedMs >= limits.startup.timeoutMs;
  // The previous process may still be stopping.
  const isSettled = status.state === 'error' || status.state === 'stopping' || isLeftBusy;
  if (kind === 'start' && isLast && code !== 'aborted' && !isSettled)
    yield `start failed with ${String(code)}, but ${status.state}`;
}
