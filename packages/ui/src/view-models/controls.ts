import type { GatewayStatus } from '@deskclaw/protocol';
import type { LifecycleRequest } from '../session/state.ts';
import { remedyOf } from './problem-report.ts';
import type { ViewState } from './view-state.ts';

export interface Control {
  readonly id: 'start' | 'stop' | 'restart' | 'reconnect';
  readonly label: string;
  readonly request: LifecycleRequest;
  readonly rank: 'primary' | 'secondary';
  /** `working`: what the label says is going on right now, so there is nothing to press. */
  readonly mode: 'ready' | 'pending' | 'working' | 'unavailable';
}

type Offer = Omit<Control, 'mode'> & { readonly mode?: 'working' };

const start: Offer = { id: 'start', label: 'Start', request: { method: 'gateway.start' }, rank: 'primary' };
const stop: Offer = { id: 'stop', label: 'Stop gateway', request: { method: 'gateway.stop' }, rank: 'secondary' };
const restart: Offer = {
  id: 'restart',
  label: 'Restart gateway',
  request: { method: 'gateway.restart' },
  rank: 'secondary',
};
const retryNow: Offer = {
  id: 'reconnect',
  label: 'Reconnect now',
  request: { method: 'gateway.reconnect' },
  rank: 'primary',
};
/** Ends the wait before the next start of a process that exited. */
const startNow: Offer = { ...retryNow, label: 'Start now' };
const stopNow: Offer = {
  id: 'stop',
  label: 'Stop now',
  request: { method: 'gateway.stop', params: { force: true } },
  rank: 'secondary',
};

/** Stopping an attached gateway only disconnects from it, and the label says so. */
function leave(status: GatewayStatus): Offer {
  return status.ownership === 'attached' ? { ...stop, label: 'Disconnect' } : stop;
}

function whileRunning(status: GatewayStatus): readonly Offer[] {
  const again: Offer =
    status.ownership === 'attached'
      ? { ...restart, id: 'reconnect', label: 'Reconnect', request: { method: 'gateway.reconnect' } }
      : restart;
  return [again, leave(status)];
}

function whileStarting(status: GatewayStatus): readonly Offer[] {
  const cancel: Offer = { ...stop, label: 'Cancel' };
  if (status.phase === 'waiting-retry') return [retryNow, cancel];
  if (status.phase === 'backoff') return [startNow, cancel];
  return [{ ...start, label: 'Starting…', mode: 'working' }, cancel];
}

function whileStopping(status: GatewayStatus): readonly Offer[] {
  const working: Offer = { ...stop, label: 'Stopping…', mode: 'working' };
  return status.phase === 'drain' ? [stopNow, working] : [working];
}

/** After a failure nothing is running, so there is no Stop. */
function afterError(status: GatewayStatus): readonly Offer[] {
  switch (status.phase) {
    case 'paused':
      return status.pid === undefined ? [retryNow, leave(status)] : [retryNow, restart, leave(status)];
    case 'exhausted': {
      const stopTrying: Offer = { ...stop, label: 'Stop trying' };
      return status.pid === undefined ? [retryNow, stopTrying] : [retryNow, restart, leave(status)];
    }
    default:
      // Where another step is the one that can work, it is the primary button of the problem.
      return [{ ...restart, rank: remedyOf(status) === undefined ? 'primary' : 'secondary' }];
  }
}

function offers(status: GatewayStatus): readonly Offer[] {
  switch (status.state) {
    case 'stopped':
      return [start];
    case 'starting':
      return whileStarting(status);
    case 'running':
      return whileRunning(status);
    case 'reconnecting': {
      const stopTrying: Offer = {
        ...leave(status),
        label: status.pid === undefined ? 'Stop trying' : leave(status).label,
      };
      if (status.nextRetryAt === undefined) return [stopTrying];
      return [status.phase === 'backoff' ? startNow : retryNow, stopTrying];
    }
    case 'stopping':
      return whileStopping(status);
    case 'error':
      return afterError(status);
    default:
      return status.state satisfies never;
  }
}

/** Returns the buttons of the state and what each of them does now. */
export function controls(viewState: ViewState): readonly Control[] {
  const { status, pending, link } = viewState;
  if (status === undefined) return [];
  return offers(status).map((offer) => {
    const isPending = pending.some((one) => one.request.method === offer.request.method);
    const mode = link.name === 'live' ? (offer.mode ?? (isPending ? 'pending' : 'ready')) : 'unavailable';
    return { ...offer, mode };
  });
}
