import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GatewayManager } from '@deskclaw/core';
import { type Gate, median, percentile, table } from '../report.ts';

const gateway = fileURLToPath(new URL('deskclaw-gateway.js', import.meta.resolve('@deskclaw/gateway')));
const commandLine = fileURLToPath(new URL('../../../apps/cli/dist/deskclaw.cjs', import.meta.url));
const execute = promisify(execFile);
const TURNS_PER_ROUND = 6;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** The gateway's own boot: from spawn to its word that it accepts, by nobody supervised, ms. */
async function ownBoot(): Promise<number> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [gateway, '--port', String(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const took = performance.now() - began;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  return took;
}

interface Turn {
  readonly start: number;
  readonly detection: number;
  readonly recovery: number;
  readonly stop: number;
}

async function supervised(): Promise<Turn> {
  const manager = new GatewayManager({
    mode: 'supervise',
    port: await freePort(),
    command: [process.execPath, gateway, '--port', '{port}'],
  });
  const began = performance.now();
  await manager.start();
  const start = performance.now() - began;
  const { pid } = manager.getStatus();
  if (pid === undefined) throw new Error('no process');
  const killedAt = performance.now();
  const noticed = manager.waitFor('reconnecting').then(() => performance.now() - killedAt);
  process.kill(pid, 'SIGKILL');
  const detection = await noticed;
  await manager.waitFor('running');
  const recovery = performance.now() - killedAt;
  const stoppingAt = performance.now();
  await manager.stop();
  return { start, detection, recovery, stop: performance.now() - stoppingAt };
}

/** CPU and memory of a real background host whose gateway idles for 10 s, by the system's own account (Linux). */
async function idle(): Promise<{ readonly cpuShare: number; readonly rssMb: number }> {
  const home = mkdtempSync(join(tmpdir(), 'deskclaw-bench-'));
  const env = { ...process.env, DESKCLAW_HOME: home };
  const deskclaw = (...args: readonly string[]) => execute(process.execPath, [commandLine, ...args], { env });
  try {
    await deskclaw('start', '--gateway', 'builtin', '--port', '0');
    const { stdout } = await deskclaw('status', '--json');
    const { host }: { readonly host: { readonly pid: number } } = JSON.parse(stdout);
    const cpuMs = () => {
      const fields = readFileSync(`/proc/${String(host.pid)}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      // Fields 14 and 15 of proc(5), in ticks of 10 ms.
      return (Number(fields[11]) + Number(fields[12])) * 10;
    };
    await wait(3_000);
    const before = cpuMs();
    await wait(10_000);
    const cpuShare = (cpuMs() - before) / 10_000;
    const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(host.pid)}/status`, 'utf8'))?.[1];
    return { cpuShare, rssMb: Number(rss) / 1024 };
  } finally {
    await deskclaw('stop');
    rmSync(home, { recursive: true, force: true });
  }
}

export async function measureSupervisor(rounds: number): Promise<readonly Gate[]> {
  const quiet = await idle();
  const boots: number[] = [];
  const turns: Turn[] = [];
  for (let turn = 0; turn < rounds * TURNS_PER_ROUND; turn += 1) {
    boots.push(await ownBoot());
    turns.push(await supervised());
  }
  const boot = median(boots);
  const of = (key: keyof Turn) => turns.map((turn) => turn[key]);
  const over = turns.map((turn, index) => turn.start - (boots[index] ?? boot));
  const recoveryOver = turns.map((turn, index) => turn.recovery - (boots[index] ?? boot));
  const row = (name: string, values: readonly number[]) => [
    name,
    median(values).toFixed(1),
    percentile(values, 0.95).toFixed(1),
    Math.max(...values).toFixed(1),
  ];
  table(
    ['ms', 'p50', 'p95', 'max'],
    [
      row('the gateway’s own boot, spawn to accepting', boots),
      row('start() to running', of('start')),
      row('  over its own boot', over),
      row('kill -9 to noticed', of('detection')),
      row('kill -9 to running again', of('recovery')),
      row('  over its own boot', recoveryOver),
      row('stop(), the gateway’s own goodbye included', of('stop')),
    ],
  );
  table(
    ['an idle supervisor', ''],
    [
      ['CPU, share of a core', `${(quiet.cpuShare * 100).toFixed(2)} %`],
      ['memory (RSS)', `${quiet.rssMb.toFixed(0)} MB`],
    ],
  );
  return [
    { name: 'start() over the gateway’s own boot, p50 ms', value: median(over), limit: 30, better: 'below' },
    { name: 'kill -9 noticed, p95 ms', value: percentile(of('detection'), 0.95), limit: 50, better: 'below' },
    { name: 'running again over its boot, p95 ms', value: percentile(recoveryOver, 0.95), limit: 100, better: 'below' },
    { name: 'idle CPU, % of a core', value: quiet.cpuShare * 100, limit: 0.2, better: 'below' },
    { name: 'idle memory, MB', value: quiet.rssMb, limit: 70, better: 'below' },
  ];
}
