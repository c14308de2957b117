import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { exitCodeForStatus } from '../exit.ts';
import { findHost } from '../find-host.ts';
import type { HostSession } from '../host-session.ts';
import { statusScreen } from '../output/status-screen.ts';
import type { Shell } from '../shell.ts';
import { type Seen, statusBody, withoutHost } from './status-seen.ts';

export interface StatusOptions {
  readonly watch?: true | undefined;
}

async function look(session: HostSession): Promise<Seen> {
  const { client, info } = session;
  const [gateway, timeline] = await Promise.all([
    client.call('gateway.status'),
    client.call('timeline.query', { limit: 1 }),
  ]);
  return { host: info, gateway, last: timeline.records.at(-1) };
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
  const seen = session === undefined ? withoutHost(shell) : await look(session);
  if (shell.json) shell.document('status', statusBody(shell, seen));
  else shell.data(...screenLines(shell, seen));
  return session === undefined ? exitCodes.notRunning : exitCodeForStatus(seen.gateway);
}
