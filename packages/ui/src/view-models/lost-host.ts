import { ago, moment, secondsUntil } from './durations.ts';
import type { Sight } from './sight.ts';

/** Said once, above everything, while the host cannot be reached. */
export interface LostHost {
  /** `idle`: nothing is wrong, somebody ended it. */
  readonly tone: 'caution' | 'idle';
  readonly title: string;
  readonly detail: string;
  readonly countdown: string;
  readonly reason: string | undefined;
  readonly command: string;
}

/** Attempts after which "still connecting" becomes "something is wrong". */
const PATIENCE = 2;

/** It said goodbye, as after `deskclaw stop`: no fault, and the gateway is what it was last. */
function ended({ status }: Sight, at: string): Pick<LostHost, 'title' | 'detail'> {
  const gateway = status?.state === 'stopped' ? 'The gateway is stopped' : 'The gateway may run on under another host';
  return { title: 'DeskClaw was ended', detail: `Its host ended at ${at}. ${gateway}.` };
}

export function lostHost(sight: Sight): LostHost | undefined {
  const { link, now } = sight;
  if (link.name === 'live') return undefined;
  if (link.name === 'connecting' && link.attempt < PATIENCE) return undefined;
  const countdown =
    link.retryAt === undefined ? 'Trying now' : `Trying again in ${String(secondsUntil(link.retryAt, now))} s`;
  const common = { tone: 'caution', countdown, reason: link.reason, command: 'deskclaw ui' } as const;
  if (link.name === 'connecting') {
    return {
      ...common,
      title: 'DeskClaw’s host cannot be reached',
      detail:
        'It may have ended, or this page’s session has. Opening the page anew with the command below brings both back.',
    };
  }
  if (link.farewell) return { ...common, ...ended(sight, moment(link.since, now)), tone: 'idle', reason: undefined };
  return {
    ...common,
    title: 'DeskClaw’s host does not answer',
    detail: `Below is what was true at ${moment(link.since, now)}, ${ago(now - link.since)}. The gateway itself may well be running.`,
  };
}
