import { assertCompatible, ControlClient, connectHostChannel, hostCommand, nodeClock, spawnHost } from '@deskclaw/core';
import type { HostInfo } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import type { HostSession } from './host-session.ts';
import { programFile } from './installed-files.ts';

function openSession(shell: Shell, client: ControlClient, info: HostInfo): HostSession {
  shell.detail(`host: ${info.kind}, pid ${String(info.pid)}, version ${info.version}`);
  return { client, info };
}

export async function connect(shell: Shell): Promise<HostSession | undefined> {
  const connection = await connectHostChannel({ profile: shell.profile, env: shell.env });
  if (connection === undefined) return undefined;
  return openSession(shell, new ControlClient(connection.channel, { clock: nodeClock }), connection.info);
}

/** A host whose answers could be misread is not asked anything, except to end. */
export async function connectSameVersion(shell: Shell): Promise<HostSession | undefined> {
  const session = await connect(shell);
  if (session !== undefined) assertCompatible(session.info);
  return session;
}

/** A background host, started now; or the one that another shell was quicker to start. */
export async function startBackgroundHost(shell: Shell): Promise<HostSession> {
  const client = await spawnHost({
    profile: shell.profile,
    env: shell.env,
    command: hostCommand(process.execPath, programFile(), shell.profile),
  });
  return openSession(shell, client, await client.call('host.info'));
}
