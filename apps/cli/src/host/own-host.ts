import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GatewayError } from '@deskclaw/core';
import {
  closeInheritedDescriptors,
  type Host,
  type HostOptions,
  hostEnvironment,
  hostFolder,
  osKeyring,
  startHost,
} from '@deskclaw/host';
import { type ExitCode, escapeJson, exitCodeFor, exitCodes } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import { version } from '../version.ts';
import { programFile } from './host-connection.ts';

/**
 * Returns the program of the built-in gateway: the installed package beside this one (in a checkout, the one of the
 * workspace). It is resolved when a host starts, not bundled, so that host and user start the same gateway.
 */
function builtinGatewayFile(): string {
  const require = createRequire(programFile());
  return join(dirname(require.resolve('@deskclaw/gateway')), 'deskclaw-gateway.js');
}

/** Returns the command of the keyring program, which is built beside this one. */
export function keyringCommand(): readonly [string, string] {
  return [process.execPath, join(dirname(programFile()), 'deskclaw-keyring.cjs')];
}

/** Returns the folder of the dashboard, which the build copies beside this program. */
function dashboardFolder(): string {
  return join(dirname(programFile()), 'dashboard');
}

/** Keeps a process that owns a gateway alive when the reader of its output goes away (the starting shell, a closed pipe). */
function ignoreStdioErrors(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => undefined);
  }
}

/** Where a host inherits the pipes of a running gateway. */
const HANDED_OVER_PIPES = [3, 4, 5];

/**
 * Turns this process into the host of the profile: it moves to the profile's state folder, and from then on errors on stdout
 * and stderr are ignored.
 */
export async function startOwnHost(shell: Shell, options: Pick<HostOptions, 'kind' | 'inheritsPipes'>): Promise<Host> {
  closeInheritedDescriptors(options.inheritsPipes === true ? HANDED_OVER_PIPES : []);
  const env = hostEnvironment(shell.env);
  const folder = hostFolder({ profile: shell.profile, env });
  if (folder !== undefined) process.chdir(folder);
  const host = await startHost({
    ...options,
    profile: shell.profile,
    env,
    version,
    builtinGateway: { file: builtinGatewayFile() },
    keyring: osKeyring({ command: keyringCommand(), env }),
    webRoot: dashboardFolder(),
  });
  ignoreStdioErrors();
  return host;
}

export interface HostStart {
  /** Whether the previous host handed over its gateway together with the gateway's pipes. */
  readonly inheritsPipes?: boolean;
}

async function serve(shell: Shell, host: Host): Promise<void> {
  shell.interrupts.onInterrupt((signal, count) => {
    // SIGHUP means a closed terminal; a background host outlives it.
    if (signal !== 'SIGHUP') host.shutdown({ force: count > 1 }).catch(() => undefined);
  });
  // Do not change: the starting process waits for this line.
  shell.data(`ready, pid ${String(process.pid)}`);
  await host.closed;
}

/** Runs the hidden command `__host`, the background host that `start` leaves running. Resolves when the host has shut down. */
export async function backgroundHost(shell: Shell, start: HostStart): Promise<ExitCode> {
  try {
    await serve(shell, await startOwnHost(shell, { kind: 'background', inheritsPipes: start.inheritsPipes ?? false }));
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    // The starting process reads the problem as JSON.
    shell.err.writeLines([escapeJson(JSON.stringify({ error: error.problem }))]);
    return exitCodeFor(error.code);
  }
}
