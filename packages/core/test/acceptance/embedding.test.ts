import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeProcessTable } from '../../src/ports/node/process-table.ts';
import { sameProcess } from '../../src/process/ownership.ts';
import { gatewayCommand } from '../manager/builtin.ts';

const folder = mkdtempSync(join(tmpdir(), 'deskclaw-embed-'));
const programs: ChildProcess[] = [];

afterEach(() => {
  for (const program of programs.splice(0)) program.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a program whose gateway runs, and returns both. */
async function embed(way: string) {
  const program = fork(
    join(import.meta.dirname, 'embedding-program.ts'),
    [way, join(folder, 'owner.json'), ...gatewayCommand()],
    { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
  );
  programs.push(program);
  const [pid]: unknown[] = await once(program, 'message');
  const gateway = typeof pid === 'number' ? nodeProcessTable.find(pid) : undefined;
  if (gateway === undefined) throw new Error(`no gateway: ${String(pid)}`);
  const isRunning = () => sameProcess(gateway, nodeProcessTable.find(gateway.pid));
  const gone = async () => {
    while (isRunning()) await pause(10);
  };
  return { program, gateway, isRunning, gone };
}

describe('a gateway of a program that embeds the SDK', () => {
  it.each(['exit', 'throw', 'worker'])('the gateway ends with its program: %s', async (way) => {
    const { program, gone } = await embed(way);
    program.send('end');
    await gone();
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGHUP'] as const)(
    'the gateway ends with its program: %s',
    async (signal) => {
      const { program, gone } = await embed('signal');
      program.kill(signal);
      await gone();
    },
  );

  it('the gateway outlives a program that asked for it with keepRunning', async () => {
    const { program, gateway, isRunning } = await embed('keep');
    const ended = once(program, 'exit');
    program.kill('SIGKILL');
    await ended;
    // As long as the other tests take to see theirs end.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(isRunning()).toBe(true);
    nodeProcessTable.signal(gateway, 'SIGKILL');
  });

  it('keepRunning without an ownership file is refused, as nobody would find the gateway again', async () => {
    const { GatewayManager } = await import('../../src/index.ts');
    expect(() => new GatewayManager({ keepRunning: true })).toThrow(/keepRunning: it needs an ownershipFile/);
  });
});
