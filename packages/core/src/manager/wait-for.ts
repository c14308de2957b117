import { describeProblem, type GatewayState, type GatewayStatus, type Problem } from '@deskclaw/protocol';
import type { GatewayConnection } from '../connection/connection.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Emitter } from '../events/emitter.ts';
import type { AbortSignal } from '../ports/abort-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { ManagerEvents } from './events.ts';

export interface WaitOptions {
  /** In ms. Default: no limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ReadySources {
  readonly connection: GatewayConnection;
  readonly supervisor: Supervisor;
  /** Emits `status` also when a verdict changes, which is no transition. */
  readonly events: Emitter<ManagerEvents>;
  /** The problem of a process of ours that works and is only silent. A connection that has run out of attempts does not mean it is lost. */
  readonly busyProblem: () => Problem | undefined;
}

/** Until when to wait. */
export interface ReadyDeadline {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Why the wait ends, asked when the deadline passes and at every change from then on; `undefined`: it goes on. */
  readonly problem: () => Problem | undefined;
}

/**
 * Resolves when the connection is ready.
 * @throws GatewayError when the connection, or the supervisor of the process behind it, has given up, or with the problem of the
 * deadline; the reason of `signal` once that aborts.
 */
export function waitForReady(
  { connection, supervisor, events, busyProblem }: ReadySources,
  signal: AbortSignal,
  deadline: ReadyDeadline,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const findFailure = (): Problem | undefined => {
      const { state } = connection;
      if (state.name === 'paused') return state.last;
      if (state.name === 'exhausted' && busyProblem() === undefined) return state.last;
      if (supervisor.state.name === 'failed') return supervisor.state.problem;
      return isLate ? deadline.problem() : undefined;
    };
    const check = () => {
      if (connection.state.name === 'ready') return finish(resolve);
      const failure = findFailure();
      if (failure !== undefined) finish(() => reject(new GatewayError(failure)));
    };
    const finish = (settle: () => void) => {
      for (const stop of listening) stop();
      cancelDeadline();
      signal.removeEventListener('abort', abort);
      settle();
    };
    const abort = () => finish(() => reject(signal.reason));
    const cancelDeadline = deadline.clock.schedule(deadline.timeoutMs, () => {
      isLate = true;
      check();
    });
    const listening = [
      connection.on('transition', check),
      supervisor.on('transition', check),
      events.on('status', check),
    ];
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    else check();
  });
}

export interface WaitDeps {
  readonly clock: Clock;
  readonly events: Emitter<ManagerEvents>;
  readonly read: () => GatewayStatus;
}

/** Resolves with the first status in this state. @throws GatewayError `request.timeout` or `request.cancelled`. */
export function waitForState(
  { clock, events, read }: WaitDeps,
  state: GatewayState,
  { timeoutMs, signal }: WaitOptions,
): Promise<GatewayStatus> {
  return new Promise((resolve, reject) => {
    const current = read();
    if (current.state === state) return resolve(current);
    const finish = (settle: () => void) => {
      off();
      cancel?.();
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const fail = (code: 'request.timeout' | 'request.cancelled') => {
      const method = `wait for ${state}`;
      const problem =
        code === 'request.timeout'
          ? describeProblem(code, { method, timeoutMs: timeoutMs ?? 0, sent: false }, clock.wallTime())
          : describeProblem(code, { method }, clock.wallTime());
      finish(() => reject(new GatewayError(problem)));
    };
    const abort = () => fail('request.cancelled');
    const off = events.on('status', (status) => {
      if (status.state === state) finish(() => resolve(status));
    });
    const cancel = timeoutMs === undefined ? undefined : clock.schedule(timeoutMs, () => fail('request.timeout'));
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();
  });
}
