import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const script = join(import.meta.dirname, '..', 'first-run', 'first-run.mjs');
const entry = `import(${JSON.stringify(script)}).then(async ({ firstRun }) => { process.exitCode = await firstRun(); });`;

let home: string;
const running = new Set<ChildProcess>();

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dc-first-'));
});

afterEach(async () => {
  for (const child of running) child.kill('SIGTERM');
  await Promise.all([...running].map((child) => new Promise((resolve) => child.once('close', resolve))));
  await rm(home, { recursive: true, force: true });
});

class FirstRun {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  #output = '';
  readonly #readers = new Set<() => void>();

  constructor() {
    this.child = spawn(process.execPath, ['-e', entry], {
      env: { ...process.env, DESKCLAW_HOME: home, NO_COLOR: '1' },
    });
    running.add(this.child);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        for (const reader of this.#readers) reader();
      });
    }
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => {
        running.delete(this.child);
        for (const reader of this.#readers) reader();
        resolve(code);
      });
    });
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves as soon as it has said that; rejects where it ends without. */
  says(words: string | RegExp): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (this.#output.search(words) !== -1) resolve();
      else if (!running.has(this.child))
        reject(new Error(`It ended without saying ${String(words)}:\n${this.#output}`));
    };
    this.#readers.add(look);
    look();
    return promise.finally(() => this.#readers.delete(look));
  }

  /** Every process it told of. */
  get pids(): number[] {
    return [...new Set([...this.#output.matchAll(/\bpid (\d+)/g)].map((match) => Number(match[1])))];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function sockets(): Promise<string[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  return entries.filter((found) => found.isSocket()).map((found) => found.name);
}

describe('the first run', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'proves the gateway, shows it, and at %s leaves nothing behind',
    async (signal) => {
      const run = new FirstRun();
      await run.says('It runs until Ctrl-C');
      expect(run.output).toMatch(/\$ deskclaw call system\.health\n\{"ok":true/);
      expect(run.output).toMatch(/\$ deskclaw chat hello\n.*hello/);
      expect(run.output).toMatch(/\$ deskclaw status\nGateway\s+\S+ running/);
      expect(await sockets()).toEqual(expect.arrayContaining(['host.sock', 'default.sock']));
      expect(run.pids.length).toBeGreaterThanOrEqual(2);
      expect(run.pids.filter(isAlive)).toEqual(run.pids);

      run.child.kill(signal);
      expect(await run.ended).toBe(0);
      expect(run.pids.filter(isAlive)).toEqual([]);
      expect(await sockets()).toEqual([]);
    },
  );

  test('ended while it starts, leaves nothing behind either', async () => {
    const run = new FirstRun();
    await run.says(/starting .*pid \d+/);
    run.child.kill('SIGINT');
    await run.ended;
    expect(run.pids.filter(isAlive)).toEqual([]);
    expect(await sockets()).toEqual([]);
  });

  test('takes a free port where the usual one is taken, and says so', async () => {
    const server = createServer();
    // Taken by us, or by someone on this machine already.
    await new Promise<void>((resolve) => {
      server.once('error', () => resolve());
      server.listen(18_789, '127.0.0.1', resolve);
    });
    try {
      const run = new FirstRun();
      await run.says('It runs until Ctrl-C');
      expect(run.output).toContain('Port 18789 is taken by another program; the gateway takes a free one.');
      expect(run.output).toMatch(/ws:\/\/127\.0\.0\.1:(?!18789)\d+\/ws/);
      run.child.kill('SIGINT');
      expect(await run.ended).toBe(0);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('leaves a host that runs already alone, and says what to do', async () => {
    const first = new FirstRun();
    await first.says('It runs until Ctrl-C');
    const second = new FirstRun();
    expect(await second.ended).toBe(1);
    expect(second.output).toMatch(/A DeskClaw host runs already \(pid \d+\); its gateway is running\./);
    expect(second.output).toContain('npm run -s deskclaw -- stop');
    expect(first.pids.filter(isAlive)).toEqual(first.pids);
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);
  });
});
