import { findOrphan, type Orphan } from '@deskclaw/host';
import { describeProblem, type GatewayStatus, type HostInfo, type JournalRecord } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';

/** Everything that `status` shows. */
export interface StatusSnapshot {
  readonly host: HostInfo | null;
  readonly gateway: GatewayStatus;
  readonly last?: JournalRecord | undefined;
  /** Describes an interrupted upgrade and its outcome. */
  readonly interruptedUpgrade?: string | undefined;
}

function orphaned(stopped: GatewayStatus, { pid, host, port }: Orphan): GatewayStatus {
  return {
    ...stopped,
    state: 'error',
    phase: 'failed',
    ownership: 'owned',
    host,
    port,
    url: `ws://${host}:${String(port)}/`,
    pid,
    problem: describeProblem('gateway.orphaned', { pid, port }, stopped.since),
  };
}

/** Returns the status without a host: stopped, or orphaned when the host died and its gateway did not. */
export function withoutHost(shell: Shell): StatusSnapshot {
  const at = shell.now();
  const orphan = findOrphan({ name: shell.profile, env: shell.env });
  const stopped: GatewayStatus = {
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
  return { host: null, gateway: orphan === undefined ? stopped : orphaned(stopped, orphan) };
}
