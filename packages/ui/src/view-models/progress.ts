import type { GatewayPhase, GatewayStatus } from '@deskclaw/protocol';
import { formatCountdown, secondsUntil } from './durations.ts';

function attempt(status: GatewayStatus): string {
  return status.reconnectAttempts > 0 ? ` (attempt ${String(status.reconnectAttempts)})` : '';
}

function countdown(status: GatewayStatus, now: number, doing: string): string {
  if (status.nextRetryAt === undefined) return doing;
  const seconds = secondsUntil(status.nextRetryAt, now);
  return seconds === 0 ? `${doing} now` : `${doing} in ${String(seconds)} s`;
}

/** Returns the usual start time; empty below one second. */
function usualBootTime({ usualBootMs }: GatewayStatus): string {
  if (usualBootMs === undefined || usualBootMs < 1_000) return '';
  return ` (usually takes ${String(Math.round(usualBootMs / 1_000))} s)`;
}

function pidOf(status: GatewayStatus): string {
  return status.pid === undefined ? 'The process' : `Process ${String(status.pid)}`;
}

const steps: Readonly<Record<GatewayPhase, (status: GatewayStatus, now: number) => string>> = {
  idle: () => 'Idle',
  preflight: () => 'Checking the program, its runtime and the port',
  spawning: () => 'Starting the process',
  'waiting-ready': (status) => `${pidOf(status)} started, waiting for it to get ready${usualBootTime(status)}`,
  'warming-up': (status) => `${pidOf(status)} is responding, but still starting${usualBootTime(status)}`,
  connecting: (status) => `Connecting${attempt(status)}`,
  handshaking: () => 'Connected, completing the handshake',
  ready: () => 'Responding to requests',
  backoff: (status, now) => `${countdown(status, now, 'Restarting')}${attempt(status)}`,
  'waiting-retry': (status, now) => `${countdown(status, now, 'Reconnecting')}${attempt(status)}`,
  paused: () => 'Waiting for you to fix this',
  exhausted: (status, now) => `Still no answer. ${countdown(status, now, 'Checking again')}`,
  migrating: (status) => `${pidOf(status)} is migrating its data; it is not interrupted`,
  restarting: (status) => `${pidOf(status)} restarts by itself`,
  drain: () => 'Waiting for running work to finish',
  // Only a stop asks a process to end; otherwise it has ended by itself, and what it left is cleared away.
  terminating: (status) =>
    status.state === 'stopping' ? `${pidOf(status)} is stopping (SIGTERM sent)` : 'The process exited; cleaning up',
  failed: () => 'Stopped after an error. It will not restart on its own.',
};

/** Returns the step within the state, with a running countdown. */
export function progressLine(status: GatewayStatus, now: number): string {
  switch (status.state) {
    case 'stopped':
      return 'No gateway is running';
    case 'running':
      return runningLine(status, now);
    case 'starting':
    case 'reconnecting':
      return [steps[status.phase](status, now), ...(status.startNote === undefined ? [] : [status.startNote])].join(
        '. ',
      );
    case 'stopping':
    case 'error':
      return steps[status.phase](status, now);
    default:
      return status.state satisfies never;
  }
}

function restartNotice({ watchdogAt }: GatewayStatus, now: number): string {
  if (watchdogAt === undefined) return '';
  const left = watchdogAt - now;
  return left > 0 ? ` It will be restarted in ${formatCountdown(left)}.` : ' It is about to be restarted.';
}

function runningLine(status: GatewayStatus, now: number): string {
  switch (status.health) {
    case 'busy':
      return 'The process is running but slow to respond';
    case 'unresponsive':
    case 'down':
      return status.ownership === 'owned'
        ? `The process is running but not responding.${restartNotice(status, now)}`
        : 'The connection is open, but the gateway does not respond.';
    case 'ok':
    case 'unknown':
      return steps.ready(status, 0);
    default:
      return status.health satisfies never;
  }
}

/** Returns the end of the current countdown, epoch ms, if there is one. */
export function countdownTo(status: GatewayStatus): number | undefined {
  switch (status.phase) {
    case 'backoff':
    case 'waiting-retry':
    case 'exhausted':
      return status.nextRetryAt;
    case 'idle':
    case 'preflight':
    case 'spawning':
    case 'waiting-ready':
    case 'warming-up':
    case 'connecting':
    case 'handshaking':
    case 'paused':
    case 'migrating':
    case 'restarting':
    case 'drain':
    case 'terminating':
    case 'failed':
      return undefined;
    case 'ready':
      return status.watchdogAt;
    default:
      return status.phase satisfies never;
  }
}
