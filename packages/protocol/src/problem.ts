import { isEpochTime, isObject } from './json.ts';

/** Why a process ended. `requested` is the only cause that is no problem. */
export type ExitCause =
  | 'requested'
  | 'clean'
  | 'configuration'
  | 'port-in-use'
  | 'runtime'
  | 'out-of-memory'
  | 'killed'
  | 'not-started'
  /** Another manager has claimed the state of the gateway. */
  | 'managed-elsewhere'
  /** A newer version has written the state of the gateway. */
  | 'newer-state'
  /** Another process uses the state of the gateway. */
  | 'state-locked'
  | 'crash';

/** Codes of all problems that a user may see. Codes are stable; new ones may be added. */
export const problemCodes = [
  'gateway.not-found',
  'gateway.exited',
  'gateway.start-timeout',
  'gateway.wrong-address',
  'gateway.not-a-gateway',
  'gateway.unresponsive',
  'gateway.draining',
  'gateway.migrating',
  'gateway.not-running',
  'gateway.orphaned',
  'gateway.not-owned',
  'gateway.not-stopped',
  'gateway.running-differently',
  'gateway.managed-elsewhere',
  'crash.loop',
  'port.in-use',
  'dashboard.port-unavailable',
  'metrics.port-unavailable',
  'state.locked',
  'state.read-only',
  'state.foreign',
  'profile.in-use',
  'config.invalid',
  'runtime.node-missing',
  'runtime.node-too-old',
  'runtime.npm-missing',
  'openclaw.not-installed',
  'openclaw.version-unknown',
  'openclaw.version-missing',
  'openclaw.install-failed',
  'openclaw.upgrade-failed',
  'openclaw.no-previous',
  'openclaw.needed',
  'auth.token-missing',
  'auth.token-mismatch',
  'auth.pairing-required',
  'auth.device-required',
  'auth.device-revoked',
  'auth.device-unusable',
  'auth.device-locked',
  'auth.device-lost',
  'auth.scope-missing',
  'auth.rate-limited',
  'auth.untrusted-peer',
  'protocol.mismatch',
  'method.not-offered',
  'connection.refused',
  'connection.lost',
  'connection.closed',
  'connection.exhausted',
  'connection.timeout',
  'connection.hook-failed',
  'tls.untrusted',
  'request.timeout',
  'request.cancelled',
  'request.overloaded',
  'request.invalid',
  'command.invalid',
  'rpc.error',
  'delivery.unconfirmed',
  'channel.unknown',
  'channel.login-required',
  'channel.login-failed',
  'channel.not-connected',
  'channel.timeout',
  'aborted',
  'host.unreachable',
  'host.version-mismatch',
  'disk.full',
  'system.limit',
  'internal',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

/** A next step: an id for buttons, a label for people, a command for terminals. */
export interface ProblemAction {
  readonly id: string;
  readonly label: string;
  readonly command?: string;
}

/**
 * Describes what happened (`title`), what is known (`detail`) and what to do (`actions`), with the same texts in every
 * client.
 */
export interface Problem {
  readonly code: ProblemCode;
  readonly title: string;
  readonly detail: string;
  readonly actions: readonly ProblemAction[];
  /** Whether trying again without changing anything can help. */
  readonly retryable: boolean;
  /** How the process ended, where that is the problem. */
  readonly cause?: ExitCause;
  /** Epoch ms. */
  readonly at: number;
}

export function isProblemCode(value: unknown): value is ProblemCode {
  return typeof value === 'string' && problemCodes.some((code) => code === value);
}

export function isProblem(value: unknown): value is Problem {
  return (
    isObject(value) &&
    isProblemCode(value['code']) &&
    typeof value['title'] === 'string' &&
    typeof value['detail'] === 'string' &&
    Array.isArray(value['actions']) &&
    value['actions'].every(
      (action) => isObject(action) && typeof action['id'] === 'string' && typeof action['label'] === 'string',
    ) &&
    typeof value['retryable'] === 'boolean' &&
    isEpochTime(value['at'])
  );
}
