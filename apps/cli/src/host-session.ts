import { ControlClient, connectHostChannel, GatewayError, nodeClock, spawnHost } from '@deskclaw/core';
import { CONTROL_PROTOCOL, describeProblem, type GatewayStatus, type HostInfo } from '@deskclaw/protocol';
import { ownFile } from './own-files.ts';
import type { Shell } from './shell.ts';

/** WebSocket close code 1013. */
const TRY_AGAIN_LATER = 1_013;

export interface HostSession {
  readonly client: ControlClient;
  readonly info: HostInfo;
}

function notRunning(shell: Shell, detail: string): GatewayError {
  return new GatewayError(describeProblem('gateway.not-running', { detail }, shell.now()));
}

async function introduce(shell: Shell, client: ControlClient): Promise<HostSession> {
  const info = await client.call('host.info');
  shell.detail(`host: ${info.kind}, pid ${String(info.pid)}, version ${info.version}`);
  return { client, info };
}

/** A host whose answers could be misread is not asked anything, except to end. */
function understand(shell: Shell, session: HostSession): HostSession {
  const { controlProtocol, version } = session.info;
  if (controlProtocol === CONTROL_PROTOCOL) return session;
  const facts = {
    host: `${version} (control protocol ${String(controlProtocol)})`,
    ours: `control protocol ${String(CONTROL_PROTOCOL)}`,
  };
  throw new GatewayError(describeProblem('host.version-mismatch', facts, shell.now()));
}

/** The running host of the profile, of whatever version. */
export async function findAnyHost(shell: Shell): Promise<HostSession | undefined> {
  const channel = await connectHostChannel({ profile: shell.profile, env: shell.env });
  return channel === undefined ? undefined : introduce(shell, new ControlClient(channel, { clock: nodeClock }));
}

export async function findHost(shell: Shell): Promise<HostSession | undefined> {
  const session = await findAnyHost(shell);
  return session === undefined ? undefined : understand(shell, session);
}

/**
 * @param instead what to say there is, where there is no host to ask.
 * @throws GatewayError `gateway.not-running` where no host runs.
 */
export async function requireHost(shell: Shell, instead = ', so there is no gateway to ask'): Promise<HostSession> {
  const session = await findHost(shell);
  if (session === undefined) {
    throw notRunning(shell, `No DeskClaw host runs for profile "${shell.profile}"${instead}.`);
  }
  return session;
}

/**
 * The running host of a gateway that is meant to be up.
 * @throws GatewayError `gateway.not-running` also where only the host runs.
 */
export async function requireGateway(shell: Shell): Promise<HostSession & { readonly status: GatewayStatus }> {
  const session = await requireHost(shell);
  const status = await session.client.call('gateway.status');
  if (status.state === 'stopped') throw notRunning(shell, 'The DeskClaw host runs, its gateway was stopped.');
  return { ...session, status };
}

/** The running host, or a background one started now. */
export async function ensureHost(shell: Shell): Promise<HostSession & { readonly spawned: boolean }> {
  const running = await findHost(shell);
  if (running !== undefined) return { ...running, spawned: false };
  const client = await spawnHost({
    profile: shell.profile,
    env: shell.env,
    command: [process.execPath, ownFile(), '__host', '--profile', shell.profile],
  });
  return { ...understand(shell, await introduce(shell, client)), spawned: true };
}

/** Waits until the host ends, which ends what follows it; a host that dismissed us says why. */
export async function untilHostEnds(shell: Shell, client: ControlClient): Promise<void> {
  const { code, reason } = await client.closed;
  if (code === TRY_AGAIN_LATER) {
    const detail = `The host let go of this command: ${reason}.`;
    throw new GatewayError(describeProblem('host.unreachable', { detail }, shell.now()));
  }
  shell.message('The host ended.');
}
