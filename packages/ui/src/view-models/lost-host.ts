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
 * The host was shut down on purpose, as by `deskclaw stop`. This is not a fault.
 */
function ended({ status }: ViewState, at: string): Pick<LostHost, 'title' | 'detail'> {
  // What became of the gateway since then, this page cannot know: another service may have started it again.
  const gateway =
    status?.state === 'stopped'
      ? 'The gateway was stopped then'
      : 'Another DeskClaw process may be running the gateway now';
  return { title: 'DeskClaw’s background service stopped', detail: `It stopped at ${at}. ${gateway}.` };
}

/** What a background service that died leaves behind. */
function fateOf({ status }: ViewState): string {
  if (status === undefined || status.pid === undefined) return 'The gateway was not running then.';
  // The built-in gateway notices the death of its parent and ends.
  return status.program?.startsWith('built-in ') === true
    ? 'If the service was killed, the built-in gateway ended with it.'
    : 'The gateway itself may still be running.';
}

/** The command that makes a new link to this dashboard. */
function linkCommand({ host }: ViewState): string {
  return host === undefined || host.profile === 'default' ? 'deskclaw ui' : `deskclaw --profile ${host.profile} ui`;
}

/**
 * What to show in place of the screens where this page has no session and never had data: its link was used already, is
 * too old, or the session ended.
 */
export function signedOut({
  link,
}: Pick<ViewState, 'link'>): Pick<LostHost, 'title' | 'detail' | 'command'> | undefined {
  if (link.name !== 'connecting' || link.cause !== 'session-refused') return undefined;
  return { title: 'Open the dashboard with a new link', detail: sessionHint, command: 'deskclaw ui' };
}

const sessionHint =
  'A link works once, within two minutes. A session lasts until no page of it was open for 12 hours, or until it is ended. This command opens the dashboard with a new link:';

export function lostHost(viewState: ViewState): LostHost | undefined {
  const { link, now } = viewState;
  if (link.name === 'live') return undefined;
  if (signedOut(viewState) !== undefined) return undefined;
  if (link.name === 'connecting' && link.attempt < ATTEMPTS_BEFORE_WARNING) return undefined;
  const countdown =
    link.retryAt === undefined ? 'Reconnecting now' : `Reconnecting in ${String(secondsUntil(link.retryAt, now))} s`;
  const common = { tone: 'caution', countdown, reason: link.reason, command: linkCommand(viewState) } as const;
  if (link.name === 'connecting') {
    return {
      ...common,
      title: 'Cannot reach DeskClaw’s background service',
      detail: 'It may have stopped. To start it and open a new page, run the command below.',
    };
  }
  if (link.cause === 'session-refused')
    return {
      ...common,
      title: 'The session of this page ended',
      detail: `The information below is from ${formatTimestamp(link.since, now)}, ${formatAge(now - link.since)}. To go on, open the dashboard with a new link.`,
    };
  if (link.cause === 'host-ended')
    return { ...common, ...ended(viewState, formatTimestamp(link.since, now)), tone: 'idle', reason: undefined };
  return {
    ...common,
    title: 'DeskClaw’s background service does not respond',
    detail: `The information below is from ${formatTimestamp(link.since, now)}, ${formatAge(now - link.since)}. ${fateOf(viewState)}`,
  };
}
