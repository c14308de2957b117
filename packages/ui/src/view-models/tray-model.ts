import type { LifecycleRequest } from '../session/state.ts';
import { controls } from './controls.ts';
import { formatDuration } from './durations.ts';
import { progressLine } from './progress.ts';
import { stateAppearance } from './state-appearance.ts';
import { programLabel } from './state-card.ts';
import { asOf, silentSince, type ViewState } from './view-state.ts';

export type TrayIcon = 'running' | 'working' | 'caution' | 'stopped' | 'alert' | 'lost';
export const trayIcons = [
  'running',
  'working',
  'caution',
  'stopped',
  'alert',
  'lost',
] as const satisfies readonly TrayIcon[];

export interface TrayAction {
  readonly id: 'start' | 'stop' | 'restart' | 'reconnect';
  readonly label: string;
  readonly enabled: boolean;
  readonly request: LifecycleRequest;
}

/** What the tray shows; derived from every status. */
export interface TrayModel {
  readonly icon: TrayIcon;
  /** The first row of the menu, and the tooltip: the state in words. Does not tick. */
  readonly firstRow: string;
  /** Title of the current problem, if any. */
  readonly problem: string | undefined;
  readonly actions: readonly TrayAction[];
  /** Where the gateway listens, to copy. */
  readonly url: string | undefined;
}

const icons = { ok: 'running', working: 'working', idle: 'stopped', caution: 'caution', alert: 'alert' } as const;

function firstRow(viewState: ViewState): string {
  const { link, status } = viewState;
  if (link.name === 'lost') return 'DeskClaw’s background service does not respond';
  if (status === undefined) return 'Connecting to DeskClaw’s background service';
  const { label: word } = stateAppearance(status);
  if (status.state !== 'running') return `Gateway: ${word}`;
  const pid = status.pid === undefined ? undefined : `pid ${String(status.pid)}`;
  const which = [programLabel(status), pid].filter((part) => part !== undefined).join(', ');
  return which === '' ? `Gateway: ${word}` : `Gateway: ${word} (${which})`;
}

export function trayModel(viewState: ViewState): TrayModel {
  const { link, status } = viewState;
  const icon = link.name === 'lost' ? 'lost' : status === undefined ? 'working' : icons[stateAppearance(status).tone];
  return {
    icon,
    firstRow: firstRow(viewState),
    problem: status?.problem?.title,
    actions: controls(viewState).map(({ id, label, request, mode }) => ({
      id,
      label,
      request,
      enabled: mode === 'ready',
    })),
    url: status === undefined || status.state === 'stopped' ? undefined : status.url,
  };
}

/** Returns the state in one line with times, e.g. "Running for 3 h 12 min". */
export function statusLine(viewState: ViewState): string {
  const { status } = viewState;
  if (status === undefined || viewState.link.name !== 'live') return firstRow(viewState);
  const now = asOf(viewState);
  if (status.state === 'running')
    return `${stateAppearance(status).label} for ${formatDuration(now - (silentSince(status) ?? status.since))}`;
  return progressLine(status, now);
}
