import type { GatewayPhase, GatewayState, GatewayStatus, HostInfo, Problem } from '@deskclaw/protocol';
import type { ViewState } from '@deskclaw/ui/view-models';

const phases: Readonly<Record<GatewayState, GatewayPhase>> = {
  stopped: 'idle',
  starting: 'waiting-ready',
  running: 'ready',
  reconnecting: 'waiting-retry',
  stopping: 'terminating',
  error: 'failed',
};

const withoutProcess: readonly GatewayState[] = ['stopped', 'error'];

/** A sound status in a state; `more` on top. */
export function statusIn(state: GatewayState, more: Partial<GatewayStatus> = {}): GatewayStatus {
  return {
    state,
    phase: phases[state],
    since: 1_000_000,
    ownership: withoutProcess.includes(state) ? 'none' : 'owned',
    health: state === 'running' ? 'ok' : 'unknown',
    generation: 1,
    host: '127.0.0.1',
    port: 18_789,
    url: 'ws://127.0.0.1:18789/ws',
    reconnectAttempts: 0,
    restarts: 0,
    ...(withoutProcess.includes(state) ? {} : { pid: 4_121 }),
    ...more,
  };
}

export const failure: Problem = {
  code: 'gateway.exited',
  title: 'The gateway exited',
  detail: 'It ended with exit code 1.',
  actions: [{ id: 'retry', label: 'Try again', command: 'deskclaw restart' }],
  retryable: true,
  at: 1_000_000,
};

export const hostInfo: HostInfo = {
  pid: 77,
  version: '0.1.0',
  controlProtocol: 1,
  startedAt: 1_000_000,
  profile: 'default',
  kind: 'desktop',
};

/** Builds the view state of a live host. */
export function viewStateOf(status: GatewayStatus | undefined, more: Partial<ViewState> = {}): ViewState {
  return { link: { name: 'live', since: 1_000_000 }, host: hostInfo, status, pending: [], now: 1_005_000, ...more };
}
