import { expect, it } from 'vitest';
import { startDetached } from '../../../src/ports/node/detached-program.ts';
import { nodeClock } from '../../../src/ports/node/node-clock.ts';
import { lives } from '../../manager/builtin.ts';

const env = { PATH: process.env['PATH'] };

it('leaves one that says it is up to itself', async () => {
  const program = 'console.log("up"); setInterval(() => {}, 1000)';
  const { kind, pid = 0 } = await startDetached(
    { command: [process.execPath, '-e', program], env, timeoutMs: 60_000 },
    nodeClock,
  );
  expect([kind, lives(pid)]).toEqual(['spoke', true]);
  process.kill(pid, 'SIGKILL');
});

it.each([
  ['asked', 'setInterval(() => {}, 1000)'],
  ['forced', 'process.on("SIGTERM", () => {}); console.error("deaf"); setInterval(() => {}, 1000)'],
])('ends one that says nothing in time, %s', async (_, program) => {
  const { kind, pid = 0 } = await startDetached(
    { command: [process.execPath, '-e', program], env, timeoutMs: 500 },
    nodeClock,
  );
  expect(kind).toBe('silent');
  expect(pid).toBeGreaterThan(0);
  expect(lives(pid)).toBe(false);
});

it('tells what one that ended said last', async () => {
  const program = 'console.error("no cheese"); process.exit(3)';
  const ended = await startDetached({ command: [process.execPath, '-e', program], env, timeoutMs: 60_000 }, nodeClock);
  expect(ended).toMatchObject({ kind: 'ended', stderr: 'no cheese' });
});

it('a program whose arguments are too long for the system has ended, with the error code', async () => {
  const long = 'x'.repeat(4_000_000);
  const ended = await startDetached({ command: [process.execPath, long], env, timeoutMs: 60_000 }, nodeClock);
  expect(ended).toMatchObject({ kind: 'ended', pid: undefined, stderr: expect.stringContaining('E2BIG') });
});
