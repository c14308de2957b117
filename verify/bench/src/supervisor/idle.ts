import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { commandLine, cpuMs, execute, rssMb } from './programs.ts';

const SETTLE_MS = 3_000;
const WATCH_MS = 20_000;

export interface Idle {
  /** Of one core. */
  readonly cpuShare: number;
  readonly rssMb: number;
}

/** Measures what an idle process uses. */
export async function watchIdle(pid: number): Promise<Idle> {
  await wait(SETTLE_MS);
  const before = cpuMs(pid);
  await wait(WATCH_MS);
  return { cpuShare: (cpuMs(pid) - before) / WATCH_MS, rssMb: rssMb(pid) };
}

/** Returns the memory of an empty Node, mostly its own file, which all of them share. */
export async function bareNodeMb(): Promise<number> {
  const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { stdio: 'ignore' });
  try {
    await wait(SETTLE_MS);
    return rssMb(bare.pid ?? 0);
  } finally {
    bare.kill('SIGKILL');
  }
}

/** Measures a real background host with a running, idle gateway. */
export async function idleHost(): Promise<Idle> {
  const home = mkdtempSync(join(tmpdir(), 'deskclaw-bench-'));
  const env = { ...process.env, DESKCLAW_HOME: home };
  const deskclaw = (...args: readonly string[]) => execute(process.execPath, [commandLine, ...args], { env });
  try {
    await deskclaw('start', '--gateway', 'builtin', '--port', '0');
    const { stdout } = await deskclaw('status', '--json');
    const { host }: { readonly host: { readonly pid: number } } = JSON.parse(stdout);
    return await watchIdle(host.pid);
  } finally {
    await deskclaw('stop');
    rmSync(home, { recursive: true, force: true });
  }
}
