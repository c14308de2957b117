import type { LifecycleRequest } from '../session/request.ts';
import { controls } from './controls.ts';
import { lasting } from './durations.ts';
import { progressLine } from './progress.ts';
import { asOf, type Sight } from './sight.ts';
import { stateFace } from './state-face.ts';

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

/** What the tray shows; made anew from every status, never set. */
export interface TrayModel {
  readonly icon: TrayIcon;
  /** The first row of the menu, and the tooltip: the state in words. Does not tick. */
  readonly firstRow: string;
  /** What is wrong, where something is. */
  readonly problem: string | undefined;
  readonly actions: readonly TrayAction[];
  /** Where the gateway listens, to copy. */
  readonly url: string | undefined;
}

const icons = { ok: 'running', working: 'working', idle: 'stopped', caution: 'caution', alert: 'alert' } as const;

function firstRow(sight: Sight): string {
  const { link, status } = sight;
  if (link.name === 'lost') return 'DeskClaw’s host does not answer';
  if (status === undefined) return 'Connecting to DeskClaw’s host';
  const { word } = stateFace(status);
  if (status.state === 'running' && status.pid !== undefined) return `Gateway: ${word} (pid ${String(status.pid)})`;
  return `Gateway: ${word}`;
}

export function trayModel(sight: Sight): TrayModel {
  const { link, status } = sight;
  const icon = link.name === 'lost' ? 'lost' : status === undefined ? 'working' : icons[stateFace(status).tone];
  return {
    icon,
    firstRow: firstRow(sight),
    problem: status?.problem?.title,
    actions: controls(sight).map(({ id, label, request, mode }) => ({ id, label, request, enabled: mode === 'ready' })),
    url: status === undefined || status.state === 'stopped' ? undefined : status.url,
  };
}

/** One line for places that have room for one, with times: "Running for 3 h 12 min". */
export function inOneLine(sight: Sight): string {
  const { status } = sight;
  if (status === undefined || sight.link.name !== 'live') return firstRow(sight);
  const now = asOf(sight);
  if (status.state === 'running') return `${stateFace(status).word} for ${lasting(now - status.since)}`;
  return progressLine(status, now);
}
