import type { GatewayStatus, HealthReport } from '@deskclaw/protocol';
import { type ExitCode, exitCodeFor, exitCodes } from '@deskclaw/protocol';

/** Ended by a signal of the user's: said by the exit status alone. */
export class Interrupted extends Error {
  readonly exitCode: ExitCode;

  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
    this.exitCode = exitCodeForSignal(signal);
  }
}

export function exitCodeForSignal(signal: NodeJS.Signals): ExitCode {
  return signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;
}

/** `status` answers by its exit status too: usable, not there, there but unusable, or why it failed. */
export function exitCodeForStatus(status: GatewayStatus): ExitCode {
  switch (status.state) {
    case 'running':
      return status.health === 'unresponsive' || status.health === 'down' ? exitCodes.unhealthy : exitCodes.ok;
    case 'reconnecting':
      return exitCodes.unhealthy;
    case 'starting':
    case 'stopping':
    case 'stopped':
      return exitCodes.notRunning;
    case 'error':
      return status.problem === undefined ? exitCodes.failure : exitCodeFor(status.problem.code);
    default:
      return status.state satisfies never;
  }
}

export function exitCodeForHealth(report: HealthReport): ExitCode {
  return report.ok ? exitCodes.ok : exitCodes.unhealthy;
}

/** What `deskclaw help exit-codes` prints. */
export const exitCodeMeanings: readonly { readonly code: ExitCode; readonly meaning: string }[] = [
  { code: exitCodes.ok, meaning: 'it worked; for status: running' },
  { code: exitCodes.failure, meaning: 'it failed, for a reason that has no number of its own' },
  { code: exitCodes.usage, meaning: 'the command line was not understood' },
  { code: exitCodes.notRunning, meaning: 'the gateway is not running (status: stopped, starting or stopping)' },
  { code: exitCodes.auth, meaning: 'the gateway wants a token, a pairing or a right we lack' },
  { code: exitCodes.unhealthy, meaning: 'running, but it does not answer (status: unresponsive or reconnecting)' },
  { code: exitCodes.timeout, meaning: 'it took longer than it may' },
  { code: exitCodes.rpcError, meaning: 'the gateway answered with an error' },
  { code: exitCodes.configuration, meaning: 'something must be installed or configured first' },
  { code: exitCodes.interrupted, meaning: 'interrupted (Ctrl-C) before it was done' },
  { code: exitCodes.terminated, meaning: 'terminated (SIGTERM) before it was done' },
];
