import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import type { HostSession } from '../host/host-session.ts';
import { withoutHost } from '../host/status-without-host.ts';
import { localTime } from '../output/local-time.ts';
import { phaseLabels } from '../output/phase-labels.ts';
import type { Shell } from '../shell.ts';
import { type StatusSnapshot, statusBody } from './status-seen.ts';

const REDRAW_MS = 1_000;

interface Watcher {
  show(snapshot: StatusSnapshot): void;
  end(): void;
}

/** The screen in place: drawn over itself at each change, and each second for its ages and countdowns. */
function liveScreen(shell: Shell, screen: (snapshot: StatusSnapshot) => readonly string[]): Watcher {
  let drawn = 0;
  let current: StatusSnapshot | undefined;
  const draw = (): void => {
    if (current === undefined) return;
    const lines = screen(current);
    const up = drawn === 0 ? '' : `\u001b[${String(drawn)}A`;
    shell.out.write(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join('')}\u001b[0J`);
    drawn = lines.length;
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

/** For pipes and files: a line for each change. */
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

/** Goes on until the host ends (exit 3: then nothing runs) or the user leaves. */
export async function watchStatus(
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
  watcher.show(withoutHost(shell));
  watcher.end();
  return exitCodes.notRunning;
}
