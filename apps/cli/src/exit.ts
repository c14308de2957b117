import {
  type ExitCode,
  exitCodeForProblem,
  exitCodes,
  type GatewayStatus,
  type HealthReport,
} from '@deskclaw/protocol';

/** Thrown when a signal ends a command; only the exit code reports it. */
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

/** Maps a status to the exit code of `status`: usable, not running, running but unusable, or the reason of the failure. */
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
      return status.problem === undefined ? exitCodes.failure : exitCodeForProblem(status.problem);
    default:
      return status.state satisfies never;
  }
}

export function exitCodeForHealth(report: HealthReport): ExitCode {
  return report.ok ? exitCodes.ok : exitCodes.unhealthy;
}

/** What `deskclaw help exit-codes` prints. */
export const exitCodeMeanings: readonly { readonly code: ExitCode; readonly meaning: string }[] = [
  { code: exitCodes.ok, meaning: 'success; for status: running' },
  { code: exitCodes.failure, meaning: 'failure without a code of its own' },
  {
    code: exitCodes.usage,
    meaning: 'the command line is not valid: an unknown option, command or name, or a value that does not fit',
  },
  {
    code: exitCodes.notRunning,
    meaning: 'the gateway is not running (status: stopped, starting or stopping), or runs without its host (orphaned)',
  },
  { code: exitCodes.auth, meaning: 'the gateway requires a token, a pairing or a permission' },
  { code: exitCodes.unhealthy, meaning: 'the gateway runs but does not answer (status: unresponsive or reconnecting)' },
  { code: exitCodes.timeout, meaning: 'it took too long' },
  { code: exitCodes.rpcError, meaning: 'the gateway answered with an error' },
  { code: exitCodes.configuration, meaning: 'something must be installed or configured first' },
  { code: exitCodes.interrupted, meaning: 'interrupted (Ctrl-C) before it finished' },
  { code: exitCodes.terminated, meaning: 'terminated (SIGTERM) before it finished' },
];

/** Thrown when the command line is not valid. */
export class UsageError extends Error {
  readonly command: string | undefined;

  /** @param command the command it was meant for, whose help tells more. */
  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}
