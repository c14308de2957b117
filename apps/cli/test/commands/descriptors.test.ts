import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { bin, Home, isAlive, parseDocument } from '../support/deskclaw.ts';
import { at, numberAt } from '../support/shape.ts';

/** Runs a command by a line of bash, with `"$@"` for the command. */
async function bash(home: Home, line: string, ...args: readonly string[]): Promise<string> {
  const child: ChildProcess = spawn('bash', ['-c', line, 'bash', process.execPath, bin, ...args], {
    env: { PATH: process.env['PATH'], HOME: home.folder, DESKCLAW_HOME: home.folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  return text;
}

/** The limit that leaves room for so many more descriptors: new ones get the lowest free numbers. */
function limitWithRoomFor(pid: number, count: number): number {
  const used = new Set(readdirSync(`/proc/${String(pid)}/fd`).map(Number));
  let limit = 0;
  for (let free = 0; free < count; limit += 1) if (!used.has(limit)) free += 1;
  return limit;
}

function limitDescriptors(pid: number, limit: number): void {
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${String(limit)}:`]);
}

describe('E2: no free descriptor', () => {
  it('the host lives on when it cannot start its gateway again, names the limit, and starts it when there is room', async () => {
    const home = new Home();
    const started = await home.startBuiltin();
    const [host, pid] = [numberAt(started, 'host.pid'), numberAt(started, 'pid')];
    limitDescriptors(host, 3);
    process.kill(pid, 'SIGKILL');
    const gatewayWhen = async (isSo: (gateway: unknown) => boolean, before: () => void): Promise<unknown> => {
      for (;;) {
        before();
        const { stdout } = await home.run('status', '--json');
        const gateway: unknown = stdout === '' ? {} : at(parseDocument(stdout), 'gateway');
        if (isSo(gateway)) return gateway;
      }
    };
    // Room for one command that asks, not for the pipes of a process.
    const short = await gatewayWhen(
      (gateway) => isObject(gateway) && isObject(gateway['problem']),
      () => limitDescriptors(host, limitWithRoomFor(host, 2)),
    );
    expect(short).toMatchObject({
      problem: { code: 'system.limit', detail: expect.stringContaining('EMFILE, while') },
    });
    limitDescriptors(host, 1_024);
    await gatewayWhen(
      (gateway) => isObject(gateway) && gateway['state'] === 'running' && gateway['pid'] !== pid,
      () => undefined,
    );
    expect(isAlive(host)).toBe(true);
    expect((await home.run('logs')).stdout).toContain('EMFILE, while');
  });

  it('a start without a free descriptor fails with the limit', async () => {
    const home = new Home();
    const output = await bash(home, 'ulimit -n 30; "$@" 2>&1', 'start', '--gateway', 'builtin', '--port', '0');
    expect(output).not.toContain('    at ');
    expect(output).toContain('system.limit');
  });
});

describe('E7: descriptors that the shell left open', () => {
  it.each([9, 16, 20, 200])('host and gateway do not inherit descriptor %i', async (descriptor) => {
    const home = new Home();
    const held = join(home.folder, 'cron.lock');
    const line = `exec ${String(descriptor)}>"${held}"; exec "$@"`;
    const started = parseDocument(await bash(home, line, 'start', '--gateway', 'builtin', '--port', '0', '--json'));
    for (const pid of [numberAt(started, 'host.pid'), numberAt(started, 'pid')]) {
      const open = readdirSync(`/proc/${String(pid)}/fd`).flatMap((name) => {
        try {
          return [readlinkSync(`/proc/${String(pid)}/fd/${name}`)];
        } catch {
          return [];
        }
      });
      expect(open).not.toContain(held);
    }
  });
});
