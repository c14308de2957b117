import { existsSync } from 'node:fs';
import { resolvePaths } from '@deskclaw/host';
import { type ExitCode, exitCodes, type GatewayStatus, type HostInfo } from '@deskclaw/protocol';
import { exitCodeForStatus } from '../exit.ts';
import { findHost } from '../host/find-host.ts';
import type { HostSession } from '../host/host-connection.ts';
import type { StatusSnapshot } from '../host/status-without-host.ts';
import { serializeHost, serializeStatus } from '../output/documents.ts';
import { localTime, phaseLabels } from '../output/format.ts';
import type { Shell } from '../shell.ts';

export interface StatusOptions {
  readonly watch?: true | undefined;
}

function statusBody(shell: Shell, snapshot: StatusSnapshot): object {
  return {
    profile: shell.profile,
    host: serializeHost(snapshot.host),
    gateway: serializeStatus(snapshot.gateway),
    ...(snapshot.choice === undefined ? {} : { choice: snapshot.choice }),
    ...(snapshot.interruptedUpgrade === undefined ? {} : { interruptedUpgrade: snapshot.interruptedUpgrade }),
  };
}

/** Returns the message of an interrupted upgrade. Without an upgrade journal the code for upgrades is not loaded. */
async function interruptedUpgradeOf(shell: Shell, host: HostInfo | null): Promise<string | undefined> {
  if (host?.interruptedUpgrade !== undefined) return host.interruptedUpgrade.message;
  if (!existsSync(resolvePaths({ name: shell.profile, env: shell.env }).upgradeJournal)) return undefined;
  return (await import('../host/upgrade-gateway-control.ts')).describeInterruptedUpgrade(shell);
}

async function querySnapshot(shell: Shell, session: HostSession): Promise<StatusSnapshot> {
  const { client, info } = session;
  const [gateway, timeline, interruptedUpgrade] = await Promise.all([
    client.call('gateway.status'),
    client.call('timeline.query', { limit: 1 }),
    interruptedUpgradeOf(shell, info),
  ]);
  return { host: info, gateway, choice: info.choice, last: timeline.records.at(-1), interruptedUpgrade };
}

async function screenFor(shell: Shell): Promise<(snapshot: StatusSnapshot) => readonly string[]> {
  const { statusScreen } = await import('../output/status-screen.ts');
  const { out } = shell;
  const now = hostTime(shell);
  return (snapshot) =>
    statusScreen(
      { ...snapshot, profile: shell.namedProfile },
      { columns: out.columns, now: now(snapshot.gateway), style: out.style },
    );
}

/** Returns what the clock of the host shows: its time in the status, and the monotonic time since that status came. */
function hostTime(shell: Shell): (status: GatewayStatus) => number {
  let seen: GatewayStatus | undefined;
  let seenAt = 0;
  return (status) => {
    if (status !== seen) [seen, seenAt] = [status, performance.now()];
    return status.asOf === undefined ? shell.now() : status.asOf + performance.now() - seenAt;
  };
}

async function withoutHost(shell: Shell): Promise<StatusSnapshot> {
  const snapshot = (await import('../host/status-without-host.ts')).withoutHost(shell);
  return { ...snapshot, interruptedUpgrade: await interruptedUpgradeOf(shell, null) };
}

const REDRAW_MS = 1_000;

interface Watcher {
  show(snapshot: StatusSnapshot): void;
  end(): void;
}

/** Redraws the screen in place at each change, and each second for its ages and countdowns. */
function liveScreen(shell: Shell, screen: (snapshot: StatusSnapshot) => readonly string[]): Watcher {
  let drawn = 0;
  let current: StatusSnapshot | undefined;
  const draw = (): void => {
    if (current === undefined) return;
    drawn = shell.out.redraw(screen(current), drawn);
  };
  const timer = setInterval(draw, REDRAW_MS);
  return {
    show: (snapshot) => {
      current = snapshot;
      draw();
    },
    end: () => clearInterval(timer),
  };
}

/** Prints one line per change, for pipes and files. */
function plainLines(shell: Shell): Watcher {
  return {
    show: ({ gateway }) => {
      const pid = gateway.pid === undefined ? '' : ` pid ${String(gateway.pid)}`;
      shell.data(`${localTime(shell.now())} ${gateway.state} (${phaseLabels[gateway.phase]})${pid}`);
    },
    end: () => undefined,
  };
}

function documents(shell: Shell): Watcher {
  return { show: (snapshot) => shell.record('status', statusBody(shell, snapshot)), end: () => undefined };
}

/** Watches until the host ends (exit 3: nothing runs then) or the user interrupts. */
async function watchStatus(
  shell: Shell,
  session: HostSession,
  first: StatusSnapshot,
  screen: (snapshot: StatusSnapshot) => readonly string[],
): Promise<ExitCode> {
  const { client, info } = session;
  const watcher = shell.json ? documents(shell) : shell.out.interactive ? liveScreen(shell, screen) : plainLines(shell);
  let snapshot = first;
  watcher.show(snapshot);
  client.on('gateway.status', (gateway) => {
    snapshot = { ...snapshot, host: info, gateway };
    watcher.show(snapshot);
  });
  client.on('timeline', (last) => {
    snapshot = { ...snapshot, last };
  });
  await client.subscribe(['gateway.status', 'timeline']);
  await client.closed;
  watcher.show((await import('../host/status-without-host.ts')).withoutHost(shell));
  watcher.end();
  return exitCodes.notRunning;
}

/** Tells of a profile that was never used, which is often a slip of the hand. */
async function noteUnknownProfile(shell: Shell): Promise<void> {
  const { state } = resolvePaths({ name: shell.profile, env: shell.env });
  if (shell.profile === 'default' || existsSync(state)) return;
  // Read with the settings, which costs more than the rest of a status.
  const known = (await import('./profile.ts')).otherProfiles(shell);
  const others = known.length === 0 ? '' : ` Known profiles: ${known.join(', ')}.`;
  shell.message(`The profile "${shell.profile}" was never started.${others}`);
}

export async function status(shell: Shell, options: StatusOptions): Promise<ExitCode> {
  const session = await findHost(shell);
  if (session === undefined) await noteUnknownProfile(shell);
  // The request is sent first: the screen code loads while the host answers.
  const pending = session === undefined ? withoutHost(shell) : querySnapshot(shell, session);
  if (session !== undefined && options.watch === true) {
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
