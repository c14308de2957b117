/** Behaviour, section 1: a process that takes the port while our gateway boots receives no secret. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '@deskclaw/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import type { GatewayManager } from '../../src/manager/gateway-manager.ts';
import { freePort, gatewayCommand, lives, manage, stopAll } from './builtin.ts';

const TOKEN = 'the-token-that-is-ours';
const linux = existsSync('/proc/self/stat');

class PortTaker {
  readonly heard: string[] = [];
  readonly signalled: unknown[] = [];
  connections = 0;
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'port-taker-program.ts'), { execArgv: [] });
  readonly #news = new Set<(message: Readonly<Record<string, unknown>>) => void>();

  constructor() {
    this.#child.on('message', (message: unknown) => {
      if (!isObject(message)) return;
      if (typeof message['heard'] === 'string') this.heard.push(message['heard']);
      if ('connected' in message) this.connections += 1;
      if ('signalled' in message) this.signalled.push(message['signalled']);
      for (const tell of this.#news) tell(message);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  says(what: string): Promise<void> {
    return new Promise((resolve) => this.#news.add((message) => what in message && resolve()));
  }

  async take(port: number, greeting: string): Promise<void> {
    const holds = this.says('holds');
    this.#child.send(`take ${String(port)} ${greeting}`.trim());
    await holds;
  }

  end(): Promise<unknown> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    return gone;
  }
}

const takers: PortTaker[] = [];
/** Processes that no manager ends; killed after the test. */
const outsiders: number[] = [];
afterEach(async () => {
  await stopAll();
  for (const pid of outsiders.splice(0)) process.kill(pid, 'SIGKILL');
  await Promise.all(takers.splice(0).map((taker) => taker.end()));
});

async function portTaker(): Promise<PortTaker> {
  const taker = new PortTaker();
  takers.push(taker);
  await taker.says('ready');
  return taker;
}

function spawned(manager: GatewayManager): Promise<number> {
  return new Promise((resolve) => manager.on('status', ({ pid }) => pid !== undefined && resolve(pid)));
}

describe.runIf(linux)('a stranger who takes the port while our gateway boots', () => {
  it.each([
    ['and sends an OpenClaw challenge', 'openclaw', 'challenge'],
    ['and sends an OpenClaw challenge to dialect detection', 'auto', 'challenge'],
    ['and sends nothing to dialect detection', 'auto', ''],
    ['and sends nothing to a JSON-RPC client', 'jsonrpc', ''],
  ] as const)(
    'a process that takes the port %s gets not one byte, is named in the problem, and keeps running',
    async (_how, dialect, greeting) => {
      const port = await freePort();
      const taker = await portTaker();
      const manager = manage({
        port,
        dialect,
        auth: { token: TOKEN },
        env: { DESKCLAW_GATEWAY_TOKEN: TOKEN },
        command: gatewayCommand('slow-boot=60000'),
      });
      const child = spawned(manager);
      const start = manager.start().then(
        () => undefined,
        (error: unknown) => error,
      );
      const pid = await child;
      await taker.take(port, greeting);
      const error = await start;
      if (!(error instanceof GatewayError)) throw new Error(`expected a GatewayError, got ${String(error)}`);
      expect(error.code).toBe('port.in-use');
      expect(error.problem.detail).toContain(`port-taker-program.ts (pid ${String(taker.pid)})`);
      expect(error.problem.actions.map((action) => action.id)).toContain('other-port');
      expect(manager.getStatus()).toMatchObject({ state: 'error', problem: { code: 'port.in-use' } });
      expect(lives(pid)).toBe(false);
      await manager.stop();
      expect(taker.connections).toBeGreaterThan(0);
      expect(taker.heard).toEqual([]);
      expect(taker.signalled).toEqual([]);
      expect(lives(taker.pid)).toBe(true);
    },
  );
});

describe.runIf(linux)('a gateway that runs outside the tree of its command', () => {
  it('a gateway of ours started after the stranger ended is connected to', async () => {
    const [program = '', ...args] = gatewayCommand();
    const script = 'env -u DESKCLAW_LAUNCH setsid -f "$0" "$@" & exec sleep 1000';
    const manager = manage({ command: ['/bin/sh', '-c', script, program, ...args] });
    await manager.start();
    const answer: unknown = await manager.rpc('system.health', { deep: true });
    const pid = isObject(answer) ? Number(answer['pid']) : 0;
    if (!(pid > 1)) throw new Error('it did not tell its pid');
    outsiders.push(pid);
    expect(pid).not.toBe(manager.getStatus().pid);
    expect(lives(pid)).toBe(true);
  });
});
