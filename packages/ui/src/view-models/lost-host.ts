import { ago, moment, secondsUntil } from './durations.ts';
import type { Sight } from './sight.ts';

/** Said once, above everything, while the host cannot be reached. */
export interface LostHost {
  readonly title: string;
  readonly detail: string;
  readonly countdown: string;
  readonly reason: string | undefined;
  readonly command: string;
}

/** Attempts after which "still connecting" becomes "something is wrong". */
const PATIENCE = 2;

export function lostHost(sight: Sight): LostHost | undefined {
  const { link, now } = sight;
  if (link.name === 'live') return undefined;
  if (link.name === 'connecting' && link.attempt < PATIENCE) return undefined;
  const countdown =
    link.retryAt === undefined ? 'Trying now' : `Trying again in ${String(secondsUntil(link.retryAt, now))} s`;
  const common = { countdown, reason: link.reason, command: 'deskclaw ui' };
  if (link.name === 'connecting') {
    return {
      ...common,
      title: 'DeskClaw’s host cannot be reached',
      detail:
        'It may have ended, or this page’s session has. Opening the page anew with the command below brings both back.',
    };
  }
  return {
    ...common,
    title: 'DeskClaw’s host does not answer',
    detail: `Below is what was true at ${moment(link.since, now)}, ${ago(now - link.since)}. The gateway itself may well be running.`,
  };
}
