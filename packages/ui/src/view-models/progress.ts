import type { GatewayPhase, GatewayStatus } from '@deskclaw/protocol';
import { secondsUntil } from './durations.ts';

function attempt(status: GatewayStatus): string {
  return status.reconnectAttempts > 0 ? ` (attempt ${String(status.reconnectAttempts)})` : '';
}

function countdown(status: GatewayStatus, now: number, doing: string): string {
  if (status.nextRetryAt === undefined) return doing;
  const seconds = secondsUntil(status.nextRetryAt, now);
  return seconds === 0 ? `${doing} now` : `${doing} in ${String(seconds)} s`;
}

/** What people want to know while they wait; said only once it is long enough to be waited for. */
function usualBootTime({ usualBootMs }: GatewayStatus): string {
  if (usualBootMs === undefined || usualBootMs < 1_000) return '';
  return ` (usually ready in ${String(Math.round(usualBootMs / 1_000))} s)`;
}

function pidOf(status: GatewayStatus): string {
  return status.pid === undefined ? 'The process' : `Process ${String(status.pid)}`;
}

const steps: Readonly<Record<GatewayPhase, (status: GatewayStatus, now: number) => string>> = {
  idle: () => 'Nothing is under way',
  preflight: () => 'Checking the program, its runtime and the port',
  spawning: () => 'Launching the process',
  'waiting-ready': (status) => `${pidOf(status)} is up; waiting until it accepts connections${usualBootTime(status)}`,
  'warming-up': (status) => `${pidOf(status)} answers, and says that it is still starting${usualBootTime(status)}`,
  connecting: (status) => `Connecting${attempt(status)}`,
  handshaking: () => 'Connected; agreeing on the protocol',
  ready: () => 'Answers requests',
  backoff: (status, now) => `${countdown(status, now, 'Starting again')}${attempt(status)}`,
  'waiting-retry': (status, now) => `${countdown(status, now, 'Reconnecting')}${attempt(status)}`,
  paused: () => 'Not tried again until something changes',
  exhausted: (status, now) => `Given up for now. ${countdown(status, now, 'Looking again')}`,
  drain: () => 'Letting running work finish',
  // Only a stop asks a process to end; otherwise it has ended by itself, and what it left is cleared away.
  terminating: (status) =>
    status.state === 'stopping' ? `${pidOf(status)} was asked to end` : 'The process ended; clearing away what it left',
  failed: () => 'Not running, and not restarted by itself',
};

/** The step within the state, in words, with the countdown where one runs. */
export function progressLine(status: GatewayStatus, now: number): string {
  switch (status.state) {
    case 'stopped':
      return 'No gateway is running';
    case 'running':
      return runningLine(status);
    case 'starting':
    case 'reconnecting':
    case 'stopping':
    case 'error':
      return steps[status.phase](status, now);
    default:
      return status.state satisfies never;
  }
}

function runningLine(status: GatewayStatus): string {
  switch (status.health) {
    case 'busy':
      return 'The process works, but takes its time to answer';
    case 'unresponsive':
    case 'down':
      return 'The connection is open, but nothing comes back';
    case 'ok':
    case 'unknown':
      return steps.ready(status, 0);
    default:
      return status.health satisfies never;
  }
}

/** The moment the countdown of a status runs to, if one runs. */
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
    case 'ready':
    case 'paused':
    case 'drain':
    case 'terminating':
    case 'failed':
      return undefined;
    default:
      return status.phase satisfies never;
  }
}
