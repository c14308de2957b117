import { GatewayError, type Host, osKeyring, startHost } from '@deskclaw/core';
import { type ExitCode, exitCodeFor, exitCodes } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import { version } from '../version.ts';
import { ignoreStdioErrors } from './ignore-stdio-errors.ts';
import { builtinGatewayFile, dashboardFolder, keyringCommand } from './installed-files.ts';

export interface HostStart {
  /** The host before it handed its gateway over, and its pipes with it. */
  readonly inheritsPipes?: boolean;
}

function becomeHost(shell: Shell, { inheritsPipes = false }: HostStart): Promise<Host> {
  return startHost({
    profile: shell.profile,
    env: shell.env,
    kind: 'background',
    version,
    builtinGateway: { file: builtinGatewayFile() },
    keyring: osKeyring({ command: keyringCommand(), env: shell.env }),
    webRoot: dashboardFolder(),
    inheritsPipes,
  });
}

async function serve(shell: Shell, host: Host): Promise<void> {
  ignoreStdioErrors();
  shell.interrupts.onInterrupt((signal, count) => {
    // A closed terminal is not meant for us: we were started to outlive it.
    if (signal !== 'SIGHUP') host.shutdown({ force: count > 1 }).catch(() => undefined);
  });
  // The line our starter waits for.
  shell.data(`ready, pid ${String(process.pid)}`);
  await host.closed;
}

/** What `start` leaves running: the owner of the gateway until somebody asks it to end. */
export async function backgroundHost(shell: Shell, start: HostStart): Promise<ExitCode> {
  try {
    await serve(shell, await becomeHost(shell, start));
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    // For our starter, not for people: the problem as it is.
    shell.err.write(`${JSON.stringify({ error: error.problem })}\n`);
    return exitCodeFor(error.code);
  }
}
