import { formatAge, formatTimestamp, secondsUntil } from './durations.ts';
import type { ViewState } from './view-state.ts';

/** The banner shown above the screen while the host cannot be reached. */
export interface LostHost {
  /** `idle`: the host was shut down on purpose. */
  readonly tone: 'caution' | 'idle';
  readonly title: string;
  readonly detail: string;
  readonly countdown: string;
  readonly reason: string | undefined;
  readonly command: string;
}

/** Failed attempts before the banner appears. */
const ATTEMPTS_BEFORE_WARNING = 2;

/**
 * The host was shut down on purpose, as by `deskclaw stop`. This is not a fault, and the last gateway state still
 * holds.
 */
function ended({ status }: ViewState, at: string): Pick<LostHost, 'title' | 'detail'> {
  const gateway =
    status?.state === 'stopped'
      ? 'The gateway is stopped'
      : 'Another DeskClaw process may still be running the gateway';
  return { title: 'DeskClaw’s background service stopped', detail: `It stopped at ${at}. ${gateway}.` };
}

export function lostHost(viewState: ViewState): LostHost | undefined {
  const { link, now } = viewState;
  if (link.name === 'live') return undefined;
  if (link.name === 'connecting' && link.attempt < ATTEMPTS_BEFORE_WARNING) return undefined;
  const countdown =
    link.retryAt === undefined ? 'Reconnecting now' : `Reconnecting in ${String(secondsUntil(link.retryAt, now))} s`;
  const common = { tone: 'caution', countdown, reason: link.reason, command: 'deskclaw ui' } as const;
  if (link.name === 'connecting') {
    return {
      ...common,
      title: 'Cannot reach DeskClaw’s background service',
      detail:
        'It may have stopped, or this page’s session may have expired. To open a new page, run the command below.',
    };
  }
  if (link.graceful)
    return { ...common, ...ended(viewState, formatTimestamp(link.since, now)), tone: 'idle', reason: undefined };
  return {
    ...common,
    title: 'DeskClaw’s background service does not respond',
    detail: `The information below is from ${formatTimestamp(link.since, now)}, ${formatAge(now - link.since)}. The gateway itself may still be running.`,
  };
}
