import { GatewayError, nodeClock } from '@deskclaw/core';
import { describeExit, describeProblem, type GatewayStatus, type Problem } from '@deskclaw/protocol';
import { formatDuration } from '../output/format.ts';
import type { Shell } from '../shell.ts';
import { type HostSession, requireGateway } from './host-connection.ts';

export interface WaitOptions {
  /** `false`: fails at once where the gateway is not there. */
  readonly wait?: boolean | undefined;
  /** Longest wait for a request, ms; default: as long as the host goes on bringing the gateway back. */
  readonly limit?: { readonly method: string; readonly timeoutMs: number } | undefined;
}

type Session = HostSession & { readonly status: GatewayStatus };

/** A restart passes through `stopping`; after a stop the wait ends. */
function isOnItsWay({ state }: GatewayStatus): boolean {
  return state === 'starting' || state === 'reconnecting' || state === 'stopping';
}

/** Why it is away, and how long it usually takes to come back. */
function describeAbsence({ lastExit, problem, startNote, usualBootMs }: GatewayStatus): string {
  const exit =
    lastExit === undefined || lastExit.cause === 'requested' ? undefined : `it ended with ${describeExit(lastExit)}`;
  const reason = startNote ?? exit ?? problem?.detail.split('\n')[0];
  const usual = usualBootMs === undefined ? [] : [`usually ready in ${formatDuration(usualBootMs)}`];
  return [...(reason === undefined ? [] : [reason.replace(/\.$/, '')]), ...usual].map((part) => `; ${part}`).join('');
}

function absence(shell: Shell, status: GatewayStatus): GatewayError {
  const detail = `The host is bringing it back${describeAbsence(status)}.`;
  return new GatewayError(describeProblem('gateway.not-running', { detail, isOnItsWay: true }, shell.now()));
}

function failed(shell: Shell, { problem, state }: GatewayStatus): GatewayError {
  const detail = `It was being brought back, and is in the state "${state}" now.`;
  const known: Problem = problem ?? describeProblem('gateway.not-running', { detail }, shell.now());
  return new GatewayError(known);
}

/** Resolves when the gateway runs; rejects when the host gives up on it, ends, or the time is over. */
async function untilRunning(shell: Shell, { client }: Session, limit: WaitOptions['limit']): Promise<void> {
  const waited = Promise.withResolvers<void>();
  // It may be over while the subscription is still on its way.
  waited.promise.catch(() => undefined);
  const follow = (status: GatewayStatus): void => {
    if (status.state === 'running') waited.resolve();
    else if (!isOnItsWay(status)) waited.reject(failed(shell, status));
  };
  const off = client.on('gateway.status', follow);
  const timedOut = (facts: { readonly method: string; readonly timeoutMs: number }): void =>
    waited.reject(new GatewayError(describeProblem('request.timeout', { ...facts, sent: false }, shell.now())));
  const cancelTimer = limit && nodeClock.schedule(limit.timeoutMs, () => timedOut(limit), { keepAlive: true });
  void client.closed.then(() => {
    const detail = 'The host ended while it was bringing the gateway back.';
    waited.reject(new GatewayError(describeProblem('host.unreachable', { detail }, shell.now())));
  });
  try {
    await client.subscribe(['gateway.status']);
    // It may have come back before the subscription.
    follow(await client.call('gateway.status'));
    await waited.promise;
  } finally {
    cancelTimer?.();
    off();
  }
}

/**
 * Returns the host of a gateway that runs, and how long it was waited for, ms. A wait is told at once.
 * @throws GatewayError `gateway.not-running`; `request.timeout`; the problem of the gateway where the host gave up.
 */
export async function requireRunningGateway(
  shell: Shell,
  { wait, limit }: WaitOptions,
): Promise<Session & { readonly waitedMs: number }> {
  const session = await requireGateway(shell);
  if (!isOnItsWay(session.status)) return { ...session, waitedMs: 0 };
  if (wait === false) throw absence(shell, session.status);
  shell.message(`Waiting for the gateway: the host is bringing it back${describeAbsence(session.status)}.`);
  const began = nodeClock.now();
  await untilRunning(shell, session, limit);
  const status = await session.client.call('gateway.status');
  return { ...session, status, waitedMs: nodeClock.now() - began };
}
