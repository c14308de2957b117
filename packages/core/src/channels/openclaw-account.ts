import { type ChannelStatus, isObject } from '@deskclaw/protocol';
import type { ChannelAccount } from './channel-view.ts';

type JsonRecord = Readonly<Record<string, unknown>>;

/** Health states of a channel that runs and cannot be used (2026.9.6). */
const unhealthyStates: ReadonlySet<unknown> = new Set([
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

function probeIn({ probe }: JsonRecord): { readonly ok: boolean; readonly error?: string | undefined } | undefined {
  if (!isObject(probe) || typeof probe['ok'] !== 'boolean') return undefined;
  return { ok: probe['ok'], error: textIn(probe['error']) };
}

function isUnproven({ running, connected, ...fields }: JsonRecord): boolean {
  return running === true && typeof connected !== 'boolean' && probeIn(fields) === undefined;
}

function runningStatus(fields: JsonRecord): ChannelStatus {
  const { connected, healthState } = fields;
  if (unhealthyStates.has(healthState)) return 'error';
  if (typeof connected === 'boolean') return connected ? 'connected' : 'connecting';
  const probe = probeIn(fields);
  if (probe === undefined) return 'connecting';
  return probe.ok ? 'connected' : 'error';
}

/** Running is no proof of a connection: 2026.5 and later report it seconds before, 2026.2 reports nothing else. */
function statusOf(fields: JsonRecord): ChannelStatus {
  const { enabled, configured, linked, lifecycle, running, restartPending } = fields;
  if (enabled === false || configured === false || linked === false) return 'disconnected';
  if (lifecycle === 'blocked') return 'error';
  if (running === true) return runningStatus(fields);
  if (restartPending === true || lifecycle === 'starting' || lifecycle === 'recovering') return 'connecting';
  return textIn(fields['lastError']) === undefined ? 'disconnected' : 'error';
}

/** The `health` of 2026.2.3-1 says of every account that it does not run and never did, and leaves out whether it is enabled. */
function isUnreported({ enabled, running, connected, lastStartAt, lastStopAt }: JsonRecord): boolean {
  const never = (lastStartAt ?? lastStopAt ?? undefined) === undefined;
  return enabled === undefined && running !== true && typeof connected !== 'boolean' && never;
}

/** An account as OpenClaw tells of it, in `channels.status` and in `health`. */
export function readAccount(fields: JsonRecord, fallbackId = 'default'): ChannelAccount {
  const status = statusOf(fields);
  const name = textIn(fields['name']);
  const probe = probeIn(fields);
  const error = textIn(fields['lastError']) ?? (probe?.ok === false ? probe.error : undefined);
  const healthState = status === 'error' ? textIn(fields['healthState']) : undefined;
  const message = error ?? healthState;
  return {
    id: textIn(fields['accountId']) ?? fallbackId,
    ...(name === undefined ? {} : { name }),
    status,
    ...(typeof fields['linked'] === 'boolean' ? { linked: fields['linked'] } : {}),
    ...(fields['configured'] === false ? { unconfigured: true } : {}),
    ...(isUnproven(fields) && status === 'connecting' ? { unproven: true } : {}),
    ...(isUnreported(fields) ? { unreported: true } : {}),
    ...(message === undefined || status === 'connected' ? {} : { error: message }),
  };
}

/** Whether it counts for the channel: one that was switched off or never set up does not. */
export function isMeantToRun(fields: JsonRecord): boolean {
  return fields['enabled'] !== false && fields['configured'] !== false;
}
