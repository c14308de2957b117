/** The same child under pm2, where both have the same notion. pm2 is AGPL: it is installed into a cache, and nothing of ours depends on it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { median } from '../report.ts';
import { type Idle, watchIdle } from './idle.ts';
import { execute, freePort, gateway } from './programs.ts';

const VERSION = '7.0.4';
const ROUNDS = 5;
const POLL_INTERVAL_MS = 2;
const TIMEOUT_MS = 20_000;

export interface Pm2 {
  readonly version: string;
  /** Time from `kill -9` until the next process accepts, ms, median. */
  readonly recovery: number;
  readonly idle: Idle;
}

function cacheFolder(): string {
  const xdg = process.env['XDG_CACHE_HOME'];
  const root = xdg === undefined || xdg === '' ? join(homedir(), '.cache') : xdg;
  return join(root, 'deskclaw-bench', `pm2-${VERSION}`);
}

/** Installs pm2 once; the marker is written last, so that an interrupted install does not count as complete. */
async function installed(): Promise<string> {
  const folder = cacheFolder();
  const marker = join(folder, '.installed');
  const program = join(folder, 'node_modules', 'pm2', 'bin', 'pm2');
  try {
    readFileSync(marker);
    return program;
  } catch {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: { pm2: VERSION } }));
    console.log(`Installing pm2 ${VERSION} into ${folder}; this happens once.`);
    await execute('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
      cwd: folder,
    });
    writeFileSync(marker, VERSION);
    return program;
  }
}

async function answering(port: number): Promise<void> {
  const until = performance.now() + TIMEOUT_MS;
  while (performance.now() < until) {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/health`).catch(() => undefined);
    if (answer?.ok === true) return;
    await wait(POLL_INTERVAL_MS);
  }
  throw new Error(`nothing answers on port ${String(port)}`);
}

function pidIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    // Between two launches there is no process.
    return undefined;
  }
}

/** Resolves with the next process that pm2 names. */
async function another(file: string, than: number): Promise<void> {
  const until = performance.now() + TIMEOUT_MS;
  for (let pid = pidIn(file); pid === undefined || pid === than; pid = pidIn(file)) {
    if (performance.now() > until) throw new Error('pm2 did not bring it back');
    await wait(POLL_INTERVAL_MS);
  }
}

/** Measures pm2. Resolves with the reason as a string if pm2 is not available here. */
export async function measurePm2(): Promise<Pm2 | string> {
  let program: string;
  try {
    program = await installed();
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  }
  const home = mkdtempSync(join(tmpdir(), 'deskclaw-bench-pm2-'));
  const env = { ...process.env, PM2_HOME: home };
  const pm2 = (...args: readonly string[]) => execute(process.execPath, [program, ...args], { env });
  const port = await freePort();
  const pidFile = join(home, 'pids', 'gateway-0.pid');
  try {
    await pm2('start', gateway, '--name', 'gateway', '--', '--port', String(port));
    await answering(port);
    const idle = await watchIdle(Number(readFileSync(join(home, 'pm2.pid'), 'utf8')));
    const recoveries: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const pid = pidIn(pidFile);
      if (pid === undefined) throw new Error('pm2 names no process');
      const killedAt = performance.now();
      process.kill(pid, 'SIGKILL');
      // The old process must be gone, or it would be the answer.
      await another(pidFile, pid);
      await answering(port);
      recoveries.push(performance.now() - killedAt);
      await wait(1_000);
    }
    return { version: VERSION, recovery: median(recoveries), idle };
  } finally {
    await pm2('kill').catch(() => undefined);
    rmSync(home, { recursive: true, force: true });
  }
}
