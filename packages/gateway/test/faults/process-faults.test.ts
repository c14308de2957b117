import { connect as connectTcp } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, connect } from '../harness/gateways.ts';
import { openClawClient } from '../harness/openclaw-client.ts';
import { endPrograms, isAlive, Program, run } from '../harness/program.ts';

afterEach(async () => {
  await closeAll();
  await endPrograms();
});

const withFaults = (...faults: string[]): string[] => [
  '--allow-faults',
  ...faults.flatMap((fault) => ['--fault', fault]),
];
const url = (port: number): string => `ws://127.0.0.1:${port}/ws`;
/** Long enough for an answer that would come to come; only ever waited out in full by a gateway that is right. */
const SILENCE_MS = 250;

/** Whether a raw connection hears anything within a short while of having sent this. */
async function hears(port: number, words: string): Promise<boolean> {
  const socket = connectTcp(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const heard = new Promise<boolean>((resolve) => socket.once('data', () => resolve(true)));
  socket.write(words);
  const silence = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), SILENCE_MS));
  const result = await Promise.race([heard, silence]);
  socket.destroy();
  return result;
}
const GET = 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n';
const UPGRADE =
  'GET /ws HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

describe('faults of the process', () => {
  it('slow-boot: listens late', async () => {
    const began = performance.now();
    await Program.listening(withFaults('slow-boot=400'));
    expect(performance.now() - began).toBeGreaterThanOrEqual(400);
  });

  it('exit and stderr-text: says it and ends with the code, never listening', async () => {
    expect(await run(['--port', '0', ...withFaults('exit=78', 'stderr-text=Missing config')])).toEqual({
      code: 78,
      signal: null,
      stdout: '',
      stderr: 'Missing config\n',
    });
  });

  it('exit-after: ends with the code, without a word to its clients', async () => {
    const program = await Program.listening(withFaults('exit-after=300:7'));
    const client = await connect(url(program.port));
    expect(await client.closed).toMatchObject({ code: 1006 });
    expect(await program.exited).toEqual({ code: 7, signal: null });
  });

  it('never-ready: accepts connections and answers none, and still stops when told', async () => {
    const program = await Program.listening(withFaults('never-ready'));
    expect(await hears(program.port, GET)).toBe(false);
    expect(await hears(program.port, UPGRADE)).toBe(false);
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('upgrade-unanswered: answers HTTP and no upgrade, and still stops when told', async () => {
    const program = await Program.listening(withFaults('upgrade-unanswered'));
    expect(await hears(program.port, GET)).toBe(true);
    expect(await hears(program.port, UPGRADE)).toBe(false);
    const hanging = connectTcp(program.port, '127.0.0.1', () => hanging.write(UPGRADE));
    hanging.on('error', () => undefined);
    await new Promise((resolve) => hanging.once('connect', resolve));
    program.kill('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('ignore-sigterm: goes on', async () => {
    const program = await Program.listening(withFaults('ignore-sigterm'));
    const client = await connect(url(program.port));
    program.kill('SIGTERM');
    for (let round = 0; round < 10; round += 1) expect(await client.call('system.health')).toMatchObject({ ok: true });
    program.kill('SIGINT');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it('grandchild: leaves a process behind that ignores SIGTERM', async () => {
    const program = await Program.listening(withFaults('grandchild'));
    await program.until(() => /grandchild \d+/.test(program.stderr), 'the pid');
    const pid = Number(/grandchild (\d+)/.exec(program.stderr)?.[1]);
    program.kill('SIGTERM');
    await new Promise((resolve) => program.child.once('exit', resolve));
    process.kill(pid, 'SIGTERM');
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  it('freeze: answers nothing for so long, then everything', async () => {
    const program = await Program.listening(withFaults('freeze=200:500'));
    const client = await connect(url(program.port));
    let longest = 0;
    const began = performance.now();
    while (longest < 400 && performance.now() - began < 10_000) {
      const sent = performance.now();
      await client.call('system.health');
      longest = Math.max(longest, performance.now() - sent);
    }
    expect(longest).toBeGreaterThanOrEqual(400);
    expect(await client.call('system.health')).toMatchObject({ ok: true });
  });

  it('restart-in-process: announces it, closes with 1012, and is back under the same pid', async () => {
    const program = await Program.listening(['--dialect', 'both', ...withFaults('restart-in-process=500')]);
    const client = await openClawClient(url(program.port));
    const rpc = await connect(url(program.port));
    await rpc.call('chat.send', { message: 'before' });
    expect((await client.event('shutdown'))['payload']).toEqual({
      reason: 'gateway restarting',
      restartExpectedMs: 500,
    });
    expect([(await client.closed).code, (await rpc.closed).code]).toEqual([1012, 1012]);
    const again = await reconnect(url(program.port));
    expect(await again.call('system.health', { deep: true })).toMatchObject({ pid: program.pid });
    expect(await again.call('chat.history')).toMatchObject({ messages: [{ text: 'before' }, {}] });
  });

  it('restart-by-exit: announces it, closes with 1012, and exits with 0', async () => {
    const program = await Program.listening(['--dialect', 'openclaw', ...withFaults('restart-by-exit=300')]);
    const client = await openClawClient(url(program.port));
    expect((await client.event('shutdown'))['payload']).toEqual({
      reason: 'gateway restarting',
      restartExpectedMs: 500,
    });
    expect((await client.closed).code).toBe(1012);
    expect(await program.exited).toMatchObject({ code: 0 });
  });

  it.each([
    ['stdout-flood=3000000', 30_000],
    ['stdout-flood=3000000:no-newlines', 0],
  ])('%s: floods stdout and goes on working', async (fault, lines) => {
    const program = await Program.listening(withFaults(fault));
    const client = await connect(url(program.port));
    await program.until(() => program.stdout.length > 3_000_000, 'the flood');
    expect(await client.call('system.health')).toMatchObject({ ok: true });
    const flood = program.stdout.slice(program.stdout.indexOf('\n') + 1);
    expect([flood.length, flood.split('\n').length - 1]).toEqual([3_000_000, lines]);
  });
});

async function reconnect(address: string): Promise<Awaited<ReturnType<typeof connect>>> {
  while (true) {
    try {
      return await connect(address);
    } catch (fault) {
      if (!(fault instanceof Error && fault.message.includes('ECONNREFUSED'))) throw fault;
    }
  }
}
