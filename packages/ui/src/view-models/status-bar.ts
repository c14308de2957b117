import type { GatewayStatus } from '@deskclaw/protocol';
import { formatDuration, formatLatency, formatTime, secondsUntil } from './durations.ts';
import { type StateAppearance, stateAppearance } from './state-appearance.ts';
import { programLabel } from './state-card.ts';
import { asOf, silentSince, type ViewState } from './view-state.ts';

export interface StatusBar {
  readonly appearance: StateAppearance;
  /** Announced by screen readers on change, so it contains no ticking text. */
  readonly announcement: string;
  /** Address, times and countdowns beside the state; never announced. */
  readonly segments: readonly string[];
  /** Whether the "Try now" button is shown. */
  readonly canRetry: boolean;
  readonly version: string | undefined;
}

function linkSegments(viewState: ViewState): readonly string[] {
  const { link, now } = viewState;
  switch (link.name) {
    case 'live':
      return [];
    case 'connecting':
    case 'lost': {
      const trying =
        link.retryAt === undefined
          ? 'reconnecting now'
          : `reconnecting in ${String(secondsUntil(link.retryAt, now))} s`;
      return link.name === 'lost' ? [`last seen ${formatTime(link.since)}`, trying] : [trying];
    }
    default:
      return link satisfies never;
  }
}

function responseSegments(status: GatewayStatus, now: number): readonly string[] {
  const silent = silentSince(status);
  if (silent !== undefined) return [`no response for ${formatDuration(now - silent)}`];
  return status.state === 'running' && status.latencyMs !== undefined ? [formatLatency(status.latencyMs.last)] : [];
}

function gatewaySegments(viewState: ViewState): readonly string[] {
  const { status } = viewState;
  if (status === undefined) return [];
  const now = asOf(viewState);
  if (status.state === 'stopped') return [];
  const program = programLabel(status);
  return [
    ...(program === undefined ? [] : [program]),
    `${status.host}:${String(status.port)}`,
    ...responseSegments(status, now),
    ...(status.nextRetryAt === undefined ? [] : [`retry in ${String(secondsUntil(status.nextRetryAt, now))} s`]),
    ...(status.pid === undefined ? [] : [`pid ${String(status.pid)}`]),
    ...(status.connectedAt === undefined ? [] : [`up ${formatDuration(now - status.connectedAt)}`]),
  ];
}

const connecting: StateAppearance = { label: 'Connecting', tone: 'working', shape: 'arc' };
const lost: StateAppearance = { label: 'Service not responding', tone: 'caution', shape: 'unlinked' };
const signedOut: StateAppearance = { label: 'No session', tone: 'caution', shape: 'unlinked' };
const ended: StateAppearance = { label: 'Service stopped', tone: 'idle', shape: 'unlinked' };

/** The status bar. Only the state is announced, not the running times. */
export function statusBar(viewState: ViewState): StatusBar {
  const { link, status, host } = viewState;
  const version = host?.version;
  if (link.name !== 'live' && link.cause === 'session-refused') {
    const announcement = 'This page has no session with DeskClaw’s background service.';
    return { appearance: signedOut, announcement, segments: [], canRetry: link.retryAt !== undefined, version };
  }
  if (link.name === 'lost') {
    const isEnded = link.cause === 'host-ended';
    const what = isEnded ? 'stopped' : 'does not respond';
    const announcement = `DeskClaw’s background service ${what}. The information shown may be out of date.`;
    return {
      appearance: isEnded ? ended : lost,
      announcement,
      segments: linkSegments(viewState),
      canRetry: link.retryAt !== undefined,
      version,
    };
  }
  if (status === undefined) {
    const canRetry = link.name === 'connecting' && link.retryAt !== undefined;
    const announcement = 'Connecting to DeskClaw’s background service';
    return { appearance: connecting, announcement, segments: linkSegments(viewState), canRetry, version };
  }
  const face = stateAppearance(status);
  const announcement =
    status.problem === undefined ? `Gateway: ${face.label}` : `Gateway: ${face.label}. ${status.problem.title}.`;
  return { appearance: face, announcement, segments: gatewaySegments(viewState), canRetry: false, version };
}
