import { lasting, latency, secondsUntil, timeOfDay } from './durations.ts';
import { asOf, type Sight } from './sight.ts';
import { type StateFace, stateFace } from './state-face.ts';

export interface StatusBar {
  readonly face: StateFace;
  /** Read out when it changes, so nothing in it ticks. */
  readonly announcement: string;
  /** What stands beside it: addresses, times, countdowns. Never read out. */
  readonly segments: readonly string[];
  /** Whether "Try now" would hasten the way back to the host. */
  readonly canRetry: boolean;
  readonly version: string | undefined;
}

function linkSegments(sight: Sight): readonly string[] {
  const { link, now } = sight;
  switch (link.name) {
    case 'live':
      return [];
    case 'connecting':
    case 'lost': {
      const trying =
        link.retryAt === undefined ? 'trying now' : `trying again in ${String(secondsUntil(link.retryAt, now))} s`;
      return link.name === 'lost' ? [`last seen ${timeOfDay(link.since)}`, trying] : [trying];
    }
    default:
      return link satisfies never;
  }
}

function gatewaySegments(sight: Sight): readonly string[] {
  const { status } = sight;
  if (status === undefined) return [];
  const now = asOf(sight);
  const address = `${status.host}:${String(status.port)}`;
  return [
    ...(status.state === 'stopped' ? [] : [address]),
    ...(status.state === 'running' && status.latencyMs !== undefined ? [latency(status.latencyMs.last)] : []),
    ...(status.nextRetryAt === undefined ? [] : [`next try in ${String(secondsUntil(status.nextRetryAt, now))} s`]),
    ...(status.pid === undefined ? [] : [`pid ${String(status.pid)}`]),
    ...(status.connectedAt === undefined ? [] : [`up ${lasting(now - status.connectedAt)}`]),
  ];
}

const connecting: StateFace = { word: 'Connecting', tone: 'working', shape: 'arc' };
const lost: StateFace = { word: 'Host lost', tone: 'caution', shape: 'unlinked' };
const ended: StateFace = { word: 'Host ended', tone: 'idle', shape: 'unlinked' };

/** The one line that owns the word on where things stand. */
export function statusBar(sight: Sight): StatusBar {
  const { link, status, host } = sight;
  const version = host?.version;
  if (link.name === 'lost') {
    const what = link.farewell ? 'has ended' : 'does not answer';
    const announcement = `DeskClaw’s host ${what}. What is shown is the last that was known.`;
    return {
      face: link.farewell ? ended : lost,
      announcement,
      segments: linkSegments(sight),
      canRetry: link.retryAt !== undefined,
      version,
    };
  }
  if (status === undefined) {
    const canRetry = link.name === 'connecting' && link.retryAt !== undefined;
    const announcement = 'Connecting to DeskClaw’s host';
    return { face: connecting, announcement, segments: linkSegments(sight), canRetry, version };
  }
  const face = stateFace(status);
  const announcement =
    status.problem === undefined ? `Gateway: ${face.word}` : `Gateway: ${face.word}. ${status.problem.title}.`;
  return { face, announcement, segments: gatewaySegments(sight), canRetry: false, version };
}
