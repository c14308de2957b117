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

/** Until when to wait. The problem is that of a deadline that passed. */
export interface ReadyDeadline {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly problem: () => Problem;
}

/**
 * Resolves when the connection is ready.
 * @throws GatewayError when the connection, or the supervisor of the process behind it, has given up; the reason of `signal`
 * once that aborts.
 */
export function waitForReady(
  { connection, supervisor }: { readonly connection: GatewayConnection; readonly supervisor: Supervisor },
  signal: AbortSignal,
  deadline?: ReadyDeadline,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = () => {
      const { state } = connection;
      if (state.name === 'ready') finish(resolve);
      else if (state.name === 'paused' || state.name === 'exhausted')
        finish(() => reject(new GatewayError(state.last)));
      else if (supervisor.state.name === 'failed') {
        const { problem } = supervisor.state;
        finish(() => reject(new GatewayError(problem)));
      }
    };
    const finish = (settle: () => void) => {
      for (const stop of listening) stop();
      cancelDeadline?.();
      signal.removeEventListener('abort', abort);
      settle();
    };
    const abort = () => finish(() => reject(signal.reason));
    const cancelDeadline = deadline?.clock.schedule(deadline.timeoutMs, () =>
      finish(() => reject(new GatewayError(deadline.problem()))),
    );
    const listening = [connection.on('transition', check), supervisor.on('transition', check)];
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
