import { ControlClient, connectHostChannel, GatewayError, hostCommand, nodeClock, spawnHost } from '@deskclaw/core';
import { CONTROL_PROTOCOL, describeProblem } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import type { HostSession } from './host-session.ts';
import { programFile } from './installed-files.ts';

async function openSession(shell: Shell, client: ControlClient): Promise<HostSession> {
  const info = await client.call('host.info');
  shell.detail(`host: ${info.kind}, pid ${String(info.pid)}, version ${info.version}`);
  return { client, info };
}

/** A host whose answers could be misread is not asked anything, except to end. */
function assertCompatible(shell: Shell, session: HostSession): HostSession {
  const { controlProtocol, version } = session.info;
  if (controlProtocol === CONTROL_PROTOCOL) return session;
  const facts = {
    host: `${version} (control protocol ${String(controlProtocol)})`,
    ours: `control protocol ${String(CONTROL_PROTOCOL)}`,
  };
  throw new GatewayError(describeProblem('host.version-mismatch', facts, shell.now()));
}

export async function connect(shell: Shell): Promise<HostSession | undefined> {
  const channel = await connectHostChannel({ profile: shell.profile, env: shell.env });
  return channel === undefined ? undefined : openSession(shell, new ControlClient(channel, { clock: nodeClock }));
}

export async function connectSameVersion(shell: Shell): Promise<HostSession | undefined> {
  const session = await connect(shell);
  return session === undefined ? undefined : assertCompatible(shell, session);
}

/** A background host, started now; or the one that another shell was quicker to start. */
export async function startBackgroundHost(shell: Shell): Promise<HostSession> {
  const client = await spawnHost({
    profile: shell.profile,
    env: shell.env,
    command: hostCommand(process.execPath, programFile(), shell.profile),
  });
  return openSession(shell, client);
}
