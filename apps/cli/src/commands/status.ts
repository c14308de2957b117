import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { exitCodeForStatus } from '../exit.ts';
import { findHost } from '../find-host.ts';
import type { HostSession } from '../host-session.ts';
import type { Shell } from '../shell.ts';
import { cutOffSeen, type Seen, statusBody } from './status-seen.ts';

export interface StatusOptions {
  readonly watch?: true | undefined;
}

async function look(shell: Shell, session: HostSession): Promise<Seen> {
  const { client, info } = session;
  const [gateway, timeline, cutOff] = await Promise.all([
    client.call('gateway.status'),
    client.call('timeline.query', { limit: 1 }),
    cutOffSeen(shell, info),
  ]);
  return { host: info, gateway, last: timeline.records.at(-1), cutOff };
}

async function screenFor(shell: Shell): Promise<(seen: Seen) => readonly string[]> {
  const { statusScreen } = await import('../output/status-screen.ts');
  const { out } = shell;
  return (seen) =>
    statusScreen(
      { ...seen, profile: shell.namedProfile },
      { columns: out.columns, now: shell.now(), style: out.style },
    );
}

async function withoutHost(shell: Shell): Promise<Seen> {
  const seen = (await import('./without-host.ts')).withoutHost(shell);
  return { ...seen, cutOff: await cutOffSeen(shell, null) };
}

export async function status(shell: Shell, options: StatusOptions): Promise<ExitCode> {
  const session = await findHost(shell);
  // Asked first: the screen is loaded while the host answers.
  const looking = session === undefined ? withoutHost(shell) : look(shell, session);
  if (session !== undefined && options.watch === true) {
    const { watchStatus } = await import('./status-watch.ts');
    return watchStatus(shell, session, await looking, await screenFor(shell));
  }
  if (shell.json) {
    shell.document('status', statusBody(shell, await looking));
  } else {
    const [screen, seen] = await Promise.all([screenFor(shell), looking]);
    shell.data(...screen(seen));
  }
  return session === undefined ? exitCodes.notRunning : exitCodeForStatus((await looking).gateway);
}
