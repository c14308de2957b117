import { realpathSync } from 'node:fs';
import { ControlClient, nodeClock } from '@deskclaw/core';
import { assertCompatible, connectHostChannel, hostCommand, spawnHost } from '@deskclaw/host';
import type { HostInfo } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';

export interface HostSession {
  readonly client: ControlClient;
  readonly info: HostInfo;
}

function openSession(shell: Shell, client: ControlClient, info: HostInfo): HostSession {
  shell.detail(`host: ${info.kind}, pid ${String(info.pid)}, version ${info.version}`);
  return { client, info };
}

export async function connect(shell: Shell): Promise<HostSession | undefined> {
  const connection = await connectHostChannel({ profile: shell.profile, env: shell.env });
  if (connection === undefined) return undefined;
  return openSession(shell, new ControlClient(connection.channel, { clock: nodeClock }), connection.info);
}

/** Connects to a host of a compatible version; with an incompatible one, only a shutdown is possible. */
export async function connectSameVersion(shell: Shell): Promise<HostSession | undefined> {
  const session = await connect(shell);
  if (session !== undefined) assertCompatible(session.info);
  return session;
}

/** Returns the file of this program, which starts a background host. Links in a bin folder are followed to the package. */
export function programFile(): string {
  return realpathSync(process.argv[1] ?? '');
}

/** Starts a background host, or connects to the one that another process started first. */
export async function startBackgroundHost(shell: Shell): Promise<HostSession> {
  const client = await spawnHost({
    profile: shell.profile,
    env: shell.env,
    command: hostCommand(process.execPath, programFile(), shell.profile),
  });
  return openSession(shell, client, await client.call('host.info'));
}
