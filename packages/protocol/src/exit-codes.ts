import type { Problem, ProblemCode } from './problem.ts';

/** Exit codes of the command line; `deskclaw help exit-codes` prints them. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notRunning: 3,
  auth: 4,
  unhealthy: 5,
  timeout: 6,
  rpcError: 7,
  configuration: 78,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Returns the exit code of a problem: a gateway that ended because of its configuration or runtime has to be configured first. */
export function exitCodeForProblem({ code, cause }: Pick<Problem, 'code' | 'cause'>): ExitCode {
  return cause === 'configuration' || cause === 'runtime' ? exitCodes.configuration : exitCodeFor(code);
}

export function exitCodeFor(code: ProblemCode): ExitCode {
  switch (code) {
    case 'auth.token-missing':
    case 'auth.token-mismatch':
    case 'auth.pairing-required':
    case 'auth.device-required':
    case 'auth.device-revoked':
    case 'auth.device-unusable':
    case 'auth.device-locked':
    case 'auth.device-lost':
    case 'auth.scope-missing':
    case 'auth.rate-limited':
    case 'auth.untrusted-peer':
    case 'channel.login-required':
      return exitCodes.auth;
    case 'gateway.start-timeout':
    case 'gateway.wrong-address':
    case 'gateway.not-a-gateway':
    case 'connection.timeout':
    case 'request.timeout':
    case 'channel.timeout':
      return exitCodes.timeout;
    case 'rpc.error':
    case 'method.not-offered':
      return exitCodes.rpcError;
    case 'config.invalid':
    case 'gateway.not-found':
    case 'runtime.node-missing':
    case 'runtime.node-too-old':
    case 'runtime.npm-missing':
    case 'openclaw.not-installed':
    case 'openclaw.version-unknown':
    case 'openclaw.version-missing':
      return exitCodes.configuration;
    case 'gateway.not-running':
    case 'gateway.orphaned':
      return exitCodes.notRunning;
    case 'gateway.unresponsive':
      return exitCodes.unhealthy;
    case 'request.invalid':
    case 'command.invalid':
      return exitCodes.usage;
    case 'gateway.not-owned':
    case 'gateway.exited':
    case 'gateway.draining':
    case 'gateway.migrating':
    case 'gateway.not-stopped':
    case 'gateway.running-differently':
    case 'gateway.managed-elsewhere':
    case 'crash.loop':
    case 'port.in-use':
    case 'dashboard.port-unavailable':
    case 'metrics.port-unavailable':
    case 'state.locked':
    case 'state.read-only':
    case 'state.foreign':
    case 'profile.in-use':
    case 'protocol.mismatch':
    case 'connection.refused':
    case 'connection.lost':
    case 'connection.closed':
    case 'connection.exhausted':
    case 'connection.hook-failed':
    case 'tls.untrusted':
    case 'request.cancelled':
    case 'request.overloaded':
    case 'delivery.unconfirmed':
    case 'aborted':
    case 'channel.unknown':
    case 'channel.login-failed':
    case 'channel.not-connected':
    case 'host.unreachable':
    case 'host.version-mismatch':
    case 'disk.full':
    case 'system.limit':
    case 'openclaw.install-failed':
    case 'openclaw.upgrade-failed':
    case 'openclaw.no-previous':
    case 'openclaw.needed':
    case 'internal':
      return exitCodes.failure;
    default:
      return code satisfies never;
  }
}
