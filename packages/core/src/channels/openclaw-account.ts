import { type ChannelStatus, isObject } from '@deskclaw/protocol';
import type { ChannelAccount } from './channel-view.ts';

type Facts = Readonly<Record<string, unknown>>;

/** The gateway's own verdicts on a channel that runs, and of no use all the same (2026.9.6). */
const sickness: ReadonlySet<unknown> = new Set([
  'stale-socket',
  'stuck',
  'disconnected',
  'blocked',
  'ingress-unavailable',
  'terminal-disconnect',
]);

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function probeIn({ probe }: Facts): { readonly ok: boolean; readonly error?: string | undefined } | undefined {
  if (!isObject(probe) || typeof probe['ok'] !== 'boolean') return undefined;
  return { ok: probe['ok'], error: textIn(probe['error']) };
}

function isUnproven({ running, connected, ...facts }: Facts): boolean {
  return running === true && typeof connected !== 'boolean' && probeIn(facts) === undefined;
}

function runningStatus(facts: Facts): ChannelStatus {
  const { connected, healthState } = facts;
  if (sickness.has(healthState)) return 'error';
  if (typeof connected === 'boolean') return connected ? 'connected' : 'connecting';
  const probe = probeIn(facts);
  if (probe === undefined) return 'connecting';
  return probe.ok ? 'connected' : 'error';
}

/** That it runs is no proof: 2026.5 and later say so seconds before it is connected, 2026.2 says no more than that. */
function statusOf(facts: Facts): ChannelStatus {
  const { enabled, configured, linked, lifecycle, running, restartPending } = facts;
  if (enabled === false || configured === false || linked === false) return 'disconnected';
  if (lifecycle === 'blocked') return 'error';
  if (running === true) return runningStatus(facts);
  if (restartPending === true || lifecycle === 'starting' || lifecycle === 'recovering') return 'connecting';
  return textIn(facts['lastError']) === undefined ? 'disconnected' : 'error';
}

/** The `health` of 2026.2.3-1 says of every account that it does not run and never did, and leaves out whether it is enabled. */
function isUntold({ enabled, running, connected, lastStartAt, lastStopAt }: Facts): boolean {
  const never = (lastStartAt ?? lastStopAt ?? undefined) === undefined;
  return enabled === undefined && running !== true && typeof connected !== 'boolean' && never;
}

/** An account as OpenClaw tells of it, in `channels.status` and in `health`. */
export function readAccount(facts: Facts, fallbackId = 'default'): ChannelAccount {
  const status = statusOf(facts);
  const name = textIn(facts['name']);
  const probe = probeIn(facts);
  const error = textIn(facts['lastError']) ?? (probe?.ok === false ? probe.error : undefined);
  const sick = status === 'error' ? textIn(facts['healthState']) : undefined;
  const said = error ?? sick;
  return {
    id: textIn(facts['accountId']) ?? fallbackId,
    ...(name === undefined ? {} : { name }),
    status,
    ...(typeof facts['linked'] === 'boolean' ? { linked: facts['linked'] } : {}),
    ...(facts['configured'] === false ? { unconfigured: true } : {}),
    ...(isUnproven(facts) && status === 'connecting' ? { unproven: true } : {}),
    ...(isUntold(facts) ? { untold: true } : {}),
    ...(said === undefined || status === 'connected' ? {} : { error: said }),
  };
}

/** Whether it counts for the channel: one that was switched off or never set up does not. */
export function isMeantToRun(facts: Facts): boolean {
  return facts['enabled'] !== false && facts['configured'] !== false;
}
