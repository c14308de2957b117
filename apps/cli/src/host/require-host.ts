import { type ControlClient, GatewayError } from '@deskclaw/core';
import { describeProblem, type GatewayStatus } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import { findHost } from './find-host.ts';
import type { HostSession } from './host-session.ts';

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

/** Waits until the host ends, which ends what follows it; a host that dismissed us says why. */
export async function untilHostEnds(shell: Shell, client: ControlClient): Promise<void> {
  const { code, reason } = await client.closed;
  if (code === TRY_AGAIN_LATER) {
    const detail = `The host let go of this command: ${reason}.`;
    throw new GatewayError(describeProblem('host.unreachable', { detail }, shell.now()));
  }
  shell.message('The host ended.');
}
