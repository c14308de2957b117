import { type ExitCode, exitCodes, type GatewayStatus, type HostInfo, type TimelineRecord } from '@deskclaw/protocol';
import { exitCodeForStatus } from '../exit.ts';
import { findHost, type HostSession } from '../host-session.ts';
import { writtenHost, writtenStatus } from '../output/documents.ts';
import { statusScreen } from '../output/status-screen.ts';
import type { Shell } from '../shell.ts';

export interface StatusOptions {
  readonly watch?: true | undefined;
}

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

async function look(session: HostSession): Promise<Seen> {
  const { client, info } = session;
  const [gateway, timeline] = await Promise.all([
    client.call('gateway.status'),
    client.call('timeline.query', { limit: 1 }),
  ]);
  return { host: info, gateway, last: timeline.records.at(-1) };
}

export function statusBody(shell: Shell, seen: Seen): object {
  return { profile: shell.profile, host: writtenHost(seen.host), gateway: writtenStatus(seen.gateway) };
}

function screenLines(shell: Shell, seen: Seen): readonly string[] {
  const { out } = shell;
  return statusScreen(
    { ...seen, profile: shell.namedProfile },
    { columns: out.columns, now: shell.now(), style: out.style },
  );
}

export async function status(shell: Shell, options: StatusOptions): Promise<ExitCode> {
  const session = await findHost(shell);
  if (session !== undefined && options.watch === true) {
    const { watchStatus } = await import('./status-watch.ts');
    return watchStatus(shell, session, await look(session), (seen) => screenLines(shell, seen));
  }
  const seen = session === undefined ? withoutHost(shell.now()) : await look(session);
  if (shell.json) shell.document('status', statusBody(shell, seen));
  else shell.data(...screenLines(shell, seen));
  return session === undefined ? exitCodes.notRunning : exitCodeForStatus(seen.gateway);
}
