import type { DialectName } from './dialect-name.ts';
import { isObject } from './json.ts';
import { type ExitCause, isProblem, type Problem } from './problem.ts';
import type { RecoveryStatus } from './recovery.ts';

export type GatewayState = 'stopped' | 'starting' | 'running' | 'reconnecting' | 'stopping' | 'error';
export const gatewayStates = [
  'stopped',
  'starting',
  'running',
  'reconnecting',
  'stopping',
  'error',
] as const satisfies readonly GatewayState[];

/** The finer step within a state. */
export type GatewayPhase =
  | 'idle'
  | 'preflight'
  | 'spawning'
  | 'waiting-ready'
  /** The gateway answers and reports that it is still starting. */
  | 'warming-up'
  | 'connecting'
  | 'handshaking'
  | 'ready'
  | 'backoff'
  | 'waiting-retry'
  | 'paused'
  | 'exhausted'
  /** The gateway is not ready yet, and does what must not be interrupted: it migrates its data. */
  | 'migrating'
  /** The gateway restarts by itself: in its own process, or it has just handed its restart over to us. */
  | 'restarting'
  | 'drain'
  | 'terminating'
  | 'failed';

/** Owner of the gateway: this host, someone else, or none without a gateway. */
export type Ownership = 'owned' | 'attached' | 'none';
export type HealthVerdict = 'unknown' | 'ok' | 'busy' | 'unresponsive' | 'down';

export interface LastExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Epoch ms. */
  readonly at: number;
  readonly cause: ExitCause;
  /** The last error that the process printed, or its last line with words. */
  readonly said?: string;
}

/** A failure that outlives the command that met it: kept, also across hosts, until a newer one or until the gateway runs again. */
export interface LastFailure {
  readonly problem: Problem;
  /** Epoch ms. */
  readonly at: number;
  /** The command line that repeats what failed, with its options. Missing where no command line was involved. */
  readonly command?: string;
}

/** Whether a value from a file or the wire is a `LastFailure`. */
export function isLastFailure(value: unknown): value is LastFailure {
  return (
    isObject(value) &&
    isProblem(value['problem']) &&
    typeof value['at'] === 'number' &&
    (value['command'] === undefined || typeof value['command'] === 'string')
  );
}

/** Status for tray, screens, command line and SDK: derived, never set. Timestamps are epoch ms, durations ms. */
export interface GatewayStatus {
  readonly state: GatewayState;
  readonly phase: GatewayPhase;
  readonly since: number;
  /** When this status was made, by the clock that its other times were taken from: ages and countdowns count from here. */
  readonly asOf?: number;
  readonly ownership: Ownership;
  readonly health: HealthVerdict;
  /** Since when `health` holds. Missing for hosts of DeskClaw 0.1. */
  readonly healthSince?: number;
  /** When an unresponsive process of ours will be restarted, unless it shows a sign of life before. */
  readonly watchdogAt?: number;
  /** Counts the user's intents: each start, stop and restart that was not joined to one under way. */
  readonly generation: number;
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly pid?: number;
  /** The program that runs, or that the next start runs: "OpenClaw 2026.9.6", "built-in gateway 0.2.0", a command's file name. */
  readonly program?: string;
  readonly version?: string;
  readonly dialect?: DialectName;
  readonly protocol?: number;
  readonly connectedAt?: number;
  readonly uptime?: number;
  readonly reconnectAttempts: number;
  readonly nextRetryAt?: number;
  readonly restarts: number;
  /** Median time of the last starts until ready, in ms; only while starting and only if known. */
  readonly usualBootMs?: number;
  /** What keeps a start from being done, in one or two sentences; only while starting, once something is known. */
  readonly startNote?: string;
  readonly lastExit?: LastExit;
  readonly latencyMs?: { readonly last: number; readonly p50: number; readonly p95: number };
  /** Present only while it holds. */
  readonly problem?: Problem;
  readonly lastFailure?: LastFailure;
  /** What the recovery ladder is doing, or did since the user's last request. */
  readonly recovery?: RecoveryStatus;
}

/** The documented edges: every other change of state is a bug (behaviour, section 6, rule 6). */
export const stateEdges: Readonly<Record<GatewayState, readonly GatewayState[]>> = {
  stopped: ['starting'],
  starting: ['running', 'stopping', 'stopped', 'error'],
  running: ['reconnecting', 'stopping', 'stopped', 'starting', 'error'],
  reconnecting: ['running', 'stopping', 'stopped', 'starting', 'error'],
  stopping: ['stopped', 'starting', 'error'],
  error: ['starting', 'reconnecting', 'running', 'stopping', 'stopped'],
};
