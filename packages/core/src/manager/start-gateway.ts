import { describeProblem, type Problem, systemLimitProblem } from '@deskclaw/protocol';
import type { GatewayConnection } from '../connection/connection.ts';
import { hasStoppedRetrying } from '../connection/state.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import { errorCode } from '../ports/files.ts';
import type { LaunchPlan } from '../supervisor/launch-plan.ts';
import type { TargetResult } from './gateway-target.ts';
import { hasLostAttached, type ManagerState } from './manager-state.ts';
import type { Completion, RunningOperation } from './operation-queue.ts';
import { managerDefaults } from './options.ts';
import { type ResolvedTarget, type ResolveTargetDeps, resolveTarget } from './resolve-target.ts';
import { findingProblem, type StartWatch } from './start-watch.ts';
import { targetUrl, toLaunchPlan } from './target.ts';
import { type ReadySources, waitForReady } from './wait-for.ts';

export interface StartDeps extends ResolveTargetDeps, ReadySources {
  readonly clock: Clock;
  readonly connection: GatewayConnection;
  readonly state: ManagerState;
  /** Called at every start: the configuration may have changed since the last. */
  readonly prepare: () => Promise<TargetResult>;
  readonly startWatch: StartWatch;
  readonly crash: LaunchPlan['crash'];
  /** Called when something a status is derived from has changed. */
  readonly changed: () => void;
}

function problemOf(error: unknown, clock: Clock): Problem {
  if (error instanceof GatewayError) return error.problem;
  const at = clock.wallTime();
  const limit = systemLimitProblem(errorCode(error), { during: 'while planning the start' }, at);
  if (limit !== undefined) return limit;
  const detail = `The start could not be planned: ${error instanceof Error ? error.message : String(error)}`;
  return describeProblem('internal', { detail }, at);
}

/** Turns a `prepare` hook that throws into a failed result, so that every start gets an answer. */
async function prepareTarget({ prepare, clock }: StartDeps): Promise<TargetResult> {
  try {
    return await prepare();
  } catch (error) {
    return { ok: false, problem: problemOf(error, clock) };
  }
}

/** Records that nothing can be started. Also ends automatic restarts: after a reported failure none may follow unseen. */
function failPlanning({ state, supervisor }: StartDeps, generation: number, problem: Problem): GatewayError {
  state.planProblem = problem;
  void supervisor.down(generation);
  return new GatewayError(problem);
}

async function resolve(deps: StartDeps, operation: RunningOperation, { target }: TargetResult & { ok: true }) {
  const { generation, signal } = operation;
  try {
    const resolved = await resolveTarget(deps, target, deps.state.resolved, signal);
    signal.throwIfAborted();
    return resolved;
  } catch (error) {
    signal.throwIfAborted();
    throw failPlanning(deps, generation, problemOf(error, deps.clock));
  }
}

async function attach(deps: StartDeps, { generation, signal }: RunningOperation): Promise<void> {
  // A process of ours that failed, or waits to be restarted, is not wanted beside the attached gateway.
  const down = await deps.supervisor.down(generation);
  signal.throwIfAborted();
  if (down.outcome === 'failed') throw failPlanning(deps, generation, down.problem);
  deps.connection.connect('steady');
}

async function launch(
  { supervisor, crash }: StartDeps,
  { kind, generation, force, signal }: RunningOperation,
  { target, port }: ResolvedTarget,
): Promise<void> {
  const plan = toLaunchPlan(target, port, crash);
  const up =
    kind === 'restart'
      ? await supervisor.restart(plan, generation, force ? { mode: 'kill' } : {})
      : await supervisor.up(plan, generation);
  signal.throwIfAborted();
  if (up.outcome === 'failed') throw new GatewayError(up.problem);
}

/**
 * Waits for an attached gateway, for as long as a start may take: no process of ours has a deadline here.
 * @throws GatewayError as `waitForReady`; `gateway.start-timeout`, with nothing tried any more.
 */
async function waitForAttached(
  deps: StartDeps,
  { generation, signal }: RunningOperation,
  { target, port }: ResolvedTarget,
): Promise<void> {
  const { connection, startWatch, clock } = deps;
  const timeoutMs = target.startTimeoutMs;
  let timedOut: Problem | undefined;
  const problem = () => {
    timedOut ??= attachTimeout(deps, targetUrl(target, port), timeoutMs);
    return timedOut;
  };
  const stopWatch = startWatch.start();
  try {
    await waitForReady(deps, signal, { clock, timeoutMs, problem });
  } catch (error) {
    if (timedOut !== undefined) {
      connection.suspend('The start took too long.');
      failPlanning(deps, generation, timedOut);
    }
    throw error;
  } finally {
    stopWatch();
  }
}

/** Returns why no gateway could be attached to in time: what was found out, else the last attempt. */
function attachTimeout({ connection, startWatch, clock }: StartDeps, attachedTo: string, waitedMs: number): Problem {
  const at = clock.wallTime();
  const { state } = connection;
  const last = 'last' in state ? state.last : undefined;
  if (last?.code === 'gateway.not-a-gateway') return { ...last, at };
  const { finding } = startWatch;
  const found = finding === undefined ? undefined : findingProblem(finding, undefined, at);
  if (found !== undefined) return found;
  const facts = {
    waitedMs,
    attachedTo,
    lastLines: [],
    ...(last === undefined ? {} : { lastError: last.detail }),
    ...(finding?.kind === 'unanswered' ? { finding } : {}),
  };
  return describeProblem('gateway.start-timeout', facts, at);
}

/**
 * Waits for a gateway of ours, for as long as it comes back. One that works and is only silent is waited for until a start would
 * be given up, and left alone then.
 */
async function waitForOwned(deps: StartDeps, signal: AbortSignal): Promise<void> {
  const { clock, state, busyProblem } = deps;
  const timeoutMs = state.resolved?.target.startTimeoutMs ?? managerDefaults.startup.timeoutMs;
  const problem = () => {
    const busy = busyProblem();
    if (busy === undefined) return undefined;
    const detail = `${busy.detail} The start waited ${String(Math.round(timeoutMs / 1_000))} s for it.`;
    return describeProblem('gateway.unresponsive', { detail }, clock.wallTime());
  };
  await waitForReady(deps, signal, { clock, timeoutMs, problem });
}

/**
 * Makes the next attempt at once to reach a gateway that is coming back already. Resolves when it is ready.
 * @throws GatewayError as `startGateway`
 */
export async function reconnectGateway(deps: StartDeps, { signal }: RunningOperation): Promise<Completion> {
  const { connection } = deps;
  connection.reconnectNow();
  // Called from within a listener, `reconnectNow` takes effect only after all listeners have run: until then it has still given up.
  await Promise.resolve();
  await waitForOwned(deps, signal);
  return { outcome: 'joined' };
}

/**
 * Starts or restarts a gateway: prepares and resolves its target, then leaves the process to the supervisor and the socket to
 * the connection. Resolves when the gateway is ready.
 * @throws GatewayError why it is not running; the reason of the operation's signal where that aborts.
 */
export async function startGateway(deps: StartDeps, operation: RunningOperation): Promise<Completion> {
  const { supervisor, connection, state, changed } = deps;
  const { kind, generation, signal } = operation;
  const previousPid = supervisor.child?.pid;
  state.planning = generation;
  state.planProblem = undefined;
  // A gateway that was given up is not recovering: what follows is a first start.
  if (hasStoppedRetrying(connection.state) && deps.busyProblem() === undefined) state.wasReady = false;
  // The slow attempts to reach it would interfere with the probe of the port.
  if (hasLostAttached(state, connection.state)) connection.suspend('Another start begins.');
  changed();
  const prepared = await prepareTarget(deps);
  signal.throwIfAborted();
  // A restart that cannot be planned must not end a gateway that runs or starts, unless that was being stopped before.
  if (!prepared.ok && 'launch' in supervisor.state && supervisor.requested === 'up') {
    state.planning = undefined;
    if (kind !== 'start') throw new GatewayError(prepared.problem);
    // An automatic restart began meanwhile: for a start, that will do.
    changed();
    return reconnectGateway(deps, operation);
  }
  state.wasReady = false;
  if (!prepared.ok) throw failPlanning(deps, generation, prepared.problem);
  changed();
  // The probe of the port must not meet the closing of the previous connection.
  await connection.whenGone();
  const resolved = await resolve(deps, operation, prepared);
  state.resolved = resolved;
  state.planning = undefined;
  if (resolved.ownership === 'attached') {
    await attach(deps, operation);
    await waitForAttached(deps, operation, resolved);
  } else {
    await launch(deps, operation, resolved);
    await waitForOwned(deps, signal);
  }
  return { outcome: 'applied', previousPid, repaired: supervisor.repaired };
}
