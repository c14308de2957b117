import { formatAge, formatTimestamp, secondsUntil } from './durations.ts';
import type { ViewState } from './view-state.ts';

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
const ATTEMPTS_BEFORE_WARNING = 2;

/** It said goodbye, as after `deskclaw stop`: no fault, and the gateway is what it was last. */
function ended({ status }: ViewState, at: string): Pick<LostHost, 'title' | 'detail'> {
  const gateway = status?.state === 'stopped' ? 'The gateway is stopped' : 'The gateway may run on under another host';
  return { title: 'DeskClaw was ended', detail: `Its host ended at ${at}. ${gateway}.` };
}

export function lostHost(viewState: ViewState): LostHost | undefined {
  const { link, now } = viewState;
  if (link.name === 'live') return undefined;
  if (link.name === 'connecting' && link.attempt < ATTEMPTS_BEFORE_WARNING) return undefined;
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
  if (link.graceful)
    return { ...common, ...ended(viewState, formatTimestamp(link.since, now)), tone: 'idle', reason: undefined };
  return {
    ...common,
    title: 'DeskClaw’s host does not answer',
    detail: `Below is what was true at ${formatTimestamp(link.since, now)}, ${formatAge(now - link.since)}. The gateway itself may well be running.`,
  };
}
