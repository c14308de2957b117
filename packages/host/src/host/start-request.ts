import { type Clock, GatewayError, type GatewayManager } from '@deskclaw/core';
import { describeProblem, type GatewayStatus, type LifecycleResult, type StartRequest } from '@deskclaw/protocol';
import type { Settings } from '../profile/config.ts';
import { type Choice, conflictsWith, type RunningLaunch } from './launch-target.ts';

export interface StartDeps {
  readonly manager: Pick<GatewayManager, 'start' | 'getStatus' | 'on'>;
  /** The request that a start without options repeats. */
  readonly repeatedRequest: () => StartRequest;
  /** The request of the gateway that runs or starts. */
  readonly request: () => StartRequest;
  readonly settings: () => Settings;
  /** The gateway that the request and the settings select. */
  readonly choice: () => Choice;
  readonly setRequest: (request: StartRequest) => void;
  /** @throws GatewayError `aborted` where the request was taken back: called before it begins a start or joins one. */
  readonly assertWanted?: () => void;
  /** Called when a request begins a start, and does not join the one under way. */
  readonly began?: () => void;
  readonly isShuttingDown: () => boolean;
  readonly clock: Clock;
}

/** Whether nothing runs and nobody waits for a start. */
export function isIdle(manager: Pick<GatewayManager, 'getStatus'>): boolean {
  const { state, pid } = manager.getStatus();
  return (state === 'stopped' || state === 'error') && pid === undefined;
}

function isDown({ state }: GatewayStatus): boolean {
  return state === 'stopped' || state === 'stopping' || state === 'error';
}

/** Before there is a process, the status still names the place of the gateway before: what was asked for counts. */
function runningLaunch({ request, settings, choice }: StartDeps, status: GatewayStatus): RunningLaunch {
  if (status.state === 'starting' && status.pid === undefined) {
    const { port = settings().port, path = settings().path } = request();
    return { choice: choice(), port, path };
  }
  return { choice: choice(), port: status.port, path: /^\w+:\/\/[^/]*(\/.*)?$/.exec(status.url)?.[1] };
}

function runsDifferently({ clock }: StartDeps, { pid, url, ownership }: GatewayStatus): GatewayError {
  const who = ownership === 'attached' ? 'attached to' : `pid ${pid === undefined ? 'unknown' : String(pid)}`;
  const detail = `The gateway that runs (${who}, ${url}) was started with other settings than the ones named now. It was left as it is.`;
  return new GatewayError(describeProblem('gateway.running-differently', { detail }, clock.wallTime()));
}

/** Resolves when the start under way has a process, or has come to its end. */
function untilKnown({ manager }: StartDeps): Promise<void> {
  return new Promise((resolve) => {
    const isKnown = (status: GatewayStatus) =>
      status.state !== 'starting' || status.pid !== undefined || status.ownership === 'attached';
    if (isKnown(manager.getStatus())) return resolve();
    const off = manager.on('status', (status) => {
      if (!isKnown(status)) return;
      off();
      resolve();
    });
  });
}

/**
 * Starts the gateway as requested, or joins the start of the same gateway.
 * @throws GatewayError `gateway.running-differently`, which names the process, for a gateway that runs or starts with other
 *   settings; `aborted` where it was taken back meanwhile; `host.unreachable` where this host is about to end.
 */
export async function startAs(deps: StartDeps, request: StartRequest): Promise<LifecycleResult> {
  const { manager, clock } = deps;
  for (;;) {
    if (deps.isShuttingDown()) {
      const detail = 'The host is about to end.';
      throw new GatewayError(describeProblem('host.unreachable', { detail }, clock.wallTime()), {
        outcome: 'not-sent',
      });
    }
    deps.assertWanted?.();
    const status = manager.getStatus();
    if (isDown(status)) {
      // A bare "start" means what was started before, also by another host; a port alone changes only the port.
      const isPlain = request.gateway === undefined && request.command === undefined;
      deps.setRequest(isPlain ? { ...deps.repeatedRequest(), ...request } : request);
      deps.began?.();
      return manager.start();
    }
    if (!conflictsWith(runningLaunch(deps, status), request)) {
      const result = await manager.start();
      const now = manager.getStatus();
      // What the settings had left open is known by now.
      if (conflictsWith(runningLaunch(deps, now), request)) throw runsDifferently(deps, now);
      return result;
    }
    if (status.state !== 'starting' || status.pid !== undefined) throw runsDifferently(deps, status);
    // The other start may still come to nothing: then it is the turn of this one.
    await untilKnown(deps);
    const known = manager.getStatus();
    if (!isDown(known)) throw runsDifferently(deps, known);
  }
}
