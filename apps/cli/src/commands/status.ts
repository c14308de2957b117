import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { exitCodeForStatus } from '../exit.ts';
import { findHost } from '../host/find-host.ts';
import type { HostSession } from '../host/host-session.ts';
import type { Shell } from '../shell.ts';
import { interruptedUpgradeOf, type StatusSnapshot, statusBody } from './status-seen.ts';

export interface StatusOptions {
  readonly watch?: true | undefined;
}

async function querySnapshot(shell: Shell, session: HostSession): Promise<StatusSnapshot> {
  const { client, info } = session;
  const [gateway, timeline, interruptedUpgrade] = await Promise.all([
    client.call('gateway.status'),
    client.call('timeline.query', { limit: 1 }),
    interruptedUpgradeOf(shell, info),
  ]);
  return { host: info, gateway, last: timeline.records.at(-1), interruptedUpgrade };
}

async function screenFor(shell: Shell): Promise<(snapshot: StatusSnapshot) => readonly string[]> {
  const { statusScreen } = await import('../output/status-screen.ts');
  const { out } = shell;
  return (snapshot) =>
    statusScreen(
      { ...snapshot, profile: shell.namedProfile },
      { columns: out.columns, now: shell.now(), style: out.style },
    );
}

async function withoutHost(shell: Shell): Promise<StatusSnapshot> {
  const snapshot = (await import('../host/status-without-host.ts')).withoutHost(shell);
  return { ...snapshot, interruptedUpgrade: await interruptedUpgradeOf(shell, null) };
}

export async function status(shell: Shell, options: StatusOptions): Promise<ExitCode> {
  const session = await findHost(shell);
  // Asked first: the screen is loaded while the host answers.
  const pending = session === undefined ? withoutHost(shell) : querySnapshot(shell, session);
  if (session !== undefined && options.watch === true) {
    const { watchStatus } = await import('./status-watch.ts');
    return watchStatus(shell, session, await pending, await screenFor(shell));
  }
  if (shell.json) {
    shell.document('status', statusBody(shell, await pending));
  } else {
    const [screen, snapshot] = await Promise.all([screenFor(shell), pending]);
    shell.data(...screen(snapshot));
  }
  return session === undefined ? exitCodes.notRunning : exitCodeForStatus((await pending).gateway);
}
