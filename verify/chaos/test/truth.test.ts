import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { GatewayStatus } from '@deskclaw/protocol';
import { expect, it } from 'vitest';
import { gatewaysOf, processesOf, RUN_NAME } from '../src/process-table.ts';
import { disagreement, tooMany } from '../src/truth.ts';

const running: GatewayStatus = {
  state: 'running',
  phase: 'ready',
  since: 0,
  ownership: 'owned',
  health: 'ok',
  generation: 1,
  host: '127.0.0.1',
  port: 1,
  url: 'ws://127.0.0.1:1/ws',
  pid: 7,
  reconnectAttempts: 0,
  restarts: 0,
};
const { pid: _pid, ...without } = running;
const found = (pid: number, launch = 'a') => ({ pid, group: pid, launch, command: 'gateway' });

it.each([
  ['the status names the only process', running, [found(7)], undefined],
  ['the status names a dead process', running, [], /does not live/],
  ['a second process runs', running, [found(7), found(8)], /there lives 8/],
  [
    'a process runs while the status says stopped',
    { ...without, state: 'stopped' } as const,
    [found(7)],
    /there lives 7/,
  ],
  ['the status says running without a pid', without, [], /names no process/],
  ['no process runs and the status says stopped', { ...without, state: 'stopped' } as const, [], undefined],
] as const)('disagreement between the status and the process table when %s', (_what, status, table, words) => {
  const message = disagreement(status, table);
  if (words === undefined) expect(message).toBeUndefined();
  else expect(message).toMatch(words);
});

it('two launches at once are one too many, a launch with what it started is not', () => {
  expect(tooMany([found(7, 'a'), found(8, 'a')])).toBeUndefined();
  expect(tooMany([found(7, 'a'), found(8, 'b')])).toMatch(/2 launches/);
});

it.runIf(process.platform === 'linux')('finds the processes of a run in the table, until they are dead', async () => {
  const run = randomUUID();
  const env = { ...process.env, [RUN_NAME]: run, DESKCLAW_LAUNCH: 'x' };
  const script = `require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(()=>{},6e4)']); console.log('up'); setTimeout(()=>{},6e4)`;
  const child = spawn(process.execPath, ['-e', script], { env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = child.pid ?? 0;
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await expect.poll(() => processesOf(run)).toHaveLength(2);
    expect(gatewaysOf(run)).toMatchObject([{ pid, group: pid, launch: 'DESKCLAW_LAUNCH=x' }]);
  } finally {
    process.kill(-pid, 'SIGKILL');
  }
  await expect.poll(() => processesOf(run)).toEqual([]);
});
