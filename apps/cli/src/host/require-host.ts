import { type ControlClient, GatewayError } from '@deskclaw/core';
import { describeProblem, type GatewayStatus } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import { findHost } from './find-host.ts';
import type { HostSession } from './host-connection.ts';

/** WebSocket close code 1013. */
const TRY_AGAIN_LATER = 1_013;

function notRunning(shell: Shell, detail: string): GatewayError {
  return new GatewayError(describeProblem('gateway.not-running', { detail }, shell.now()));
}

/**
 * @param instead what to say there is, where there is no host to ask.
 * @throws GatewayError `gateway.not-running` where no host runs.
 */
export async function requireHost(shell: Shell, instead = ', so there is no gateway to ask'): Promise<HostSession> {
  const session = await findHost(shell);
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
