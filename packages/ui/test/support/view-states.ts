import type { GatewayStatus } from '@deskclaw/protocol';
import type { ViewState } from '../../src/view-models/view-state.ts';
import { hostInfo, type SceneName, scenes } from './scenes.ts';

/** The moment all tables are made for. */
export const NOW = new Date(2026, 10, 23, 14, 2, 11).getTime();

/** Builds the view state of a scene, with changes. */
export function viewStateOf(status: GatewayStatus | SceneName, changes: Partial<ViewState> = {}): ViewState {
  return {
    link: { name: 'live', since: NOW - 60_000 },
    host: hostInfo(NOW),
    status: typeof status === 'string' ? scenes[status](NOW) : status,
    pending: [],
    now: NOW,
    ...changes,
  };
}

export const lostLink = {
  name: 'lost',
  cause: 'failure',
  since: NOW - 30_000,
  attempt: 3,
  retryAt: NOW + 4_000,
  reason: 'connection closed (code 1006)',
} as const;
