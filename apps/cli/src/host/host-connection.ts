import { realpathSync } from 'node:fs';
import { ControlClient, GatewayError, nodeClock } from '@deskclaw/core';
import { assertCompatible, connectHostChannel, hostCommand, spawnHost } from '@deskclaw/host';
import { describeProblem, type GatewayStatus, type HostInfo } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';

/** WebSocket close code 1013. */
const TRY_AGAIN_LATER = 1_013;

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

function notRunning(shell: Shell, detail: string): GatewayError {
  return new GatewayError(describeProblem('gateway.not-running', { detail }, shell.now()));
}

/**
 * @param instead what to say there is, where there is no host to ask.
 * @throws GatewayError `gateway.not-running` where no host runs.
 */
export async function requireHost(shell: Shell, instead = ', so there is no gateway to ask'): Promise<HostSession> {
  const session = await connectSameVersion(shell);
  if (session === undefined) {
    throw notRunning(shell, `No DeskClaw host is running for profile "${shell.profile}"${instead}.`);
  }
  return session;
}

/**
 * Returns the running host of a gateway that should be up.
 * @throws GatewayError `gateway.not-running`, also when only the host runs.
 */
export async function requireGateway(shell: Shell): Promise<HostSession & { readonly status: GatewayStatus }> {
  const session = await requireHost(shell);
  const status = await session.client.call('gateway.status');
  if (status.state === 'stopped') throw notRunning(shell, 'The DeskClaw host is running, but its gateway is stopped.');
  return { ...session, status };
}

/** Resolves when the host stops; rejects when the host closed the connection for a reason. */
export async function untilHostEnds(shell: Shell, client: ControlClient): Promise<void> {
  const { code, reason } = await client.closed;
  if (code === TRY_AGAIN_LATER) {
    const detail = `The host closed the connection: ${reason}.`;
    throw new GatewayError(describeProblem('host.unreachable', { detail }, shell.now()));
  }
  shell.message('The host stopped.');
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
