import { findOrphan, type Orphan } from '@deskclaw/core';
import { describeProblem, type GatewayStatus } from '@deskclaw/protocol';
import type { StatusSnapshot } from '../commands/status-seen.ts';
import type { Shell } from '../shell.ts';

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

/** Without a host nothing of ours runs, unless it died and its gateway did not: the same document, saying just that. */
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
