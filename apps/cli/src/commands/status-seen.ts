import type { GatewayStatus, HostInfo, TimelineRecord } from '@deskclaw/protocol';
import { writtenHost, writtenStatus } from '../output/documents.ts';
import type { Shell } from '../shell.ts';

export interface Seen {
  readonly host: HostInfo | null;
  readonly gateway: GatewayStatus;
  readonly last?: TimelineRecord | undefined;
}

/** Without a host nothing of ours runs: the same document, saying just that. */
export function withoutHost(at: number): Seen {
  const gateway: GatewayStatus = {
    state: 'stopped',
    phase: 'idle',
    since: at,
    ownership: 'none',
    health: 'unknown',
    generation: 0,
    host: '127.0.0.1',
    port: 18_789,
    url: 'ws://127.0.0.1:18789/ws',
    reconnectAttempts: 0,
    restarts: 0,
  };
  return { host: null, gateway };
}

export function statusBody(shell: Shell, seen: Seen): object {
  return { profile: shell.profile, host: writtenHost(seen.host), gateway: writtenStatus(seen.gateway) };
}
