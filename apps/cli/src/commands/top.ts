import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { requireHost } from '../host/host-connection.ts';
import { isoTime } from '../output/documents.ts';
import { type TopSample, topLine, topScreen, toSample } from '../output/top-screen.ts';
import type { Shell } from '../shell.ts';

export interface TopOptions {
  /** ms. */
  readonly interval?: number | undefined;
  /** Samples after which the command ends. Default: none. */
  readonly count?: number | undefined;
}

const DEFAULT_INTERVAL_MS = 1_000;
/** As many as the widest screen shows. */
const STORED_SAMPLES = 200;
const FALLBACK_COLUMNS = 80;
/** What Ctrl-C sends while the terminal passes keys on as they are typed. */
const CTRL_C = '\u0003';

/** Whether the screen is drawn over itself: not for a program or a file that reads the output. */
function isLive({ out, json }: Shell): boolean {
  return out.interactive && !json;
}

/** Calls back for the keys that end the command. Returns a function that gives the terminal back. */
function watchKeys(shell: Shell, quit: () => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY || !isLive(shell)) return () => undefined;
  const restore = (): void => {
    stdin.setRawMode(false);
    stdin.pause();
  };
  const removeHook = shell.interrupts.beforeExit(restore);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8').on('data', (keys: string) => {
    if (keys.includes(CTRL_C)) shell.interrupts.raise('SIGINT');
    else if (/q/i.test(keys)) quit();
  });
  return () => {
    removeHook();
    restore();
  };
}

function printer(shell: Shell): (samples: readonly TopSample[]) => void {
  if (isLive(shell)) {
    let drawn = 0;
    return (samples) => {
      const { columns = FALLBACK_COLUMNS, style } = shell.out;
      const lines = topScreen(samples, { columns, style, profile: shell.profile });
      drawn = shell.out.redraw(lines, drawn);
    };
  }
  return (samples) => {
    const sample = samples.at(-1);
    if (sample === undefined) return;
    if (shell.json) shell.record('top', { ...sample, at: isoTime(sample.at) });
    else shell.data(topLine(sample));
  };
}

/** Resolves after that time, or at once when the command is to end. */
function pause(ms: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ended.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    ended.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

/** Shows what the gateway does now and did lately, until q, Ctrl-C, or the end of the host (exit 3). */
export async function top(shell: Shell, options: TopOptions): Promise<ExitCode> {
  const { client } = await requireHost(shell);
  const ending = new AbortController();
  let isHostGone = false;
  void client.closed.then(() => {
    isHostGone = true;
    ending.abort();
  });
  const restore = watchKeys(shell, () => ending.abort());
  const print = printer(shell);
  const samples: TopSample[] = [];
  const { interval = DEFAULT_INTERVAL_MS, count = Number.POSITIVE_INFINITY } = options;
  try {
    for (let taken = 0; taken < count && !ending.signal.aborted; taken += 1) {
      if (taken > 0) await pause(interval, ending.signal);
      if (ending.signal.aborted) break;
      const snapshot = await client.call('metrics.snapshot').catch((error: unknown) => {
        if (isHostGone) return undefined;
        throw error;
      });
      if (snapshot === undefined) break;
      samples.push(toSample(snapshot, samples.at(-1)));
      if (samples.length > STORED_SAMPLES) samples.shift();
      print(samples);
    }
  } finally {
    restore();
  }
  if (!isHostGone) return exitCodes.ok;
  shell.message('The host stopped.');
  return exitCodes.notRunning;
}
