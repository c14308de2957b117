import { describe, expect, test } from 'vitest';
import type { PortState, TcpPorts } from '../../src/ports/spawner.ts';
import { portProblem, waitForPortRelease } from '../../src/process/port-availability.ts';
import { refusedProgramProblem, spawnProblem } from '../../src/process/spawn-problem.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

const request = { file: '/opt/gw', args: ['run', '--token', 'secret'], cwd: '/work', env: {}, lifeline: false };

describe('a failure to spawn, in words', () => {
  test.each([
    ['EACCES', 'gateway.not-found', '"/opt/gw" exists but may not be executed'],
    ['ENOTDIR', 'gateway.not-found', 'The working folder "/work" does not exist'],
    ['ENOENT', 'gateway.exited', 'interpreter'],
    ['ENOEXEC', 'gateway.not-found', 'no program that this system can run'],
    ['E2BIG', 'gateway.exited', 'larger than the system allows'],
    ['EAGAIN', 'system.limit', 'no more processes'],
    ['EMFILE', 'system.limit', 'open files'],
    ['ENFILE', 'system.limit', 'All programs of this machine'],
    ['ENOMEM', 'system.limit', 'memory'],
    ['EIO', 'gateway.exited', 'EIO: spawn EIO'],
  ])('%s is %s', (code, problem, words) => {
    const reported = spawnProblem({ code, message: `spawn ${code}` }, request, 7);
    expect(reported).toMatchObject({ code: problem, at: 7 });
    expect(reported.detail).toContain(words);
    expect(reported.detail).not.toContain('secret');
  });
});

describe('a binary of another kind of processor that ended before it was ready', () => {
  const exit = { code: 127, signal: null, endedBy: 'itself', wasReady: false, memoryRanOut: false } as const;
  test.each([
    ['dash', 127, '/opt/gw: 1: \x7fELF: not found'],
    ['dash', 2, '/opt/gw: 2: Syntax error: ")" unexpected'],
    ['ash', 127, '/opt/gw: line 1: \x7fELF: not found'],
    ['bash', 126, '/opt/gw: /opt/gw: cannot execute binary file'],
  ])('was refused where %s complains of it (exit %i)', (_shell, code, line) => {
    const problem = refusedProgramProblem('/opt/gw', { ...exit, code, lines: ['', line] }, 7);
    expect(problem).toMatchObject({ code: 'gateway.not-found', at: 7 });
    expect(problem?.detail).toContain('no program that this system can run');
  });

  test.each([
    ['it failed for itself', { lines: ['/opt/gw: cannot read its configuration'] }],
    ['a library is missing', { lines: ['/opt/gw: error while loading shared libraries: libx.so.1'] }],
    ['another file is meant', { lines: ['/opt/other: 1: x: not found'] }],
    ['it was ready before', { lines: ['/opt/gw: 1: x'], wasReady: true }],
    ['we ended it', { lines: ['/opt/gw: 1: x'], endedBy: 'policy' }],
    ['a signal ended it', { lines: ['/opt/gw: 1: x'], code: null, signal: 'SIGSEGV' }],
  ] as const)('ran where %s', (_what, over) => {
    expect(refusedProgramProblem('/opt/gw', { ...exit, ...over }, 7)).toBeUndefined();
  });
});

function portsThat(states: readonly PortState[], owner?: { readonly pid: number; readonly name: string }) {
  let looks = 0;
  const ports: TcpPorts = {
    check: async () => states[Math.min(looks++, states.length - 1)] ?? 'free',
    findFree: async () => 0,
    owner: async () => owner,
    listening: async () => [],
  };
  return { ports, looks: () => looks };
}

describe('a port that cannot be had, in words', () => {
  test.each<[PortState, string | undefined]>([
    ['free', undefined],
    ['taken', 'port.in-use'],
    ['forbidden', 'config.invalid'],
    ['no-address', 'config.invalid'],
  ])('a port in the state %s gives the problem %s', async (state, code) => {
    const reported = await portProblem('127.0.0.1', 80, portsThat([state]).ports, 7);
    expect(reported?.code).toBe(code);
  });

  test('names who holds it, where that is known', async () => {
    const reported = await portProblem('127.0.0.1', 80, portsThat(['taken'], { pid: 4, name: 'nginx' }).ports, 7);
    expect(reported?.detail).toContain('nginx (pid 4)');
  });
});

describe('a port after its process died', () => {
  test('waitForPortRelease waits while the port has no visible owner', async () => {
    const clock = new SimulatedClock();
    const { ports } = portsThat(['taken', 'taken', 'taken', 'free']);
    const released = waitForPortRelease('127.0.0.1', 80, { tcpPorts: ports, clock });
    await clock.advance(100);
    expect(await released).toEqual({ kind: 'free' });
  });

  test('waitForPortRelease does not wait for a port that another process took', async () => {
    const stranger = { pid: 4, name: 'nginx' };
    const { ports, looks } = portsThat(['taken'], stranger);
    expect(await waitForPortRelease('127.0.0.1', 80, { tcpPorts: ports, clock: new SimulatedClock() })).toEqual({
      kind: 'held',
      by: stranger,
    });
    expect(looks()).toBe(1);
  });

  test('waitForPortRelease gives up after 1 s where the owner is unknown', async () => {
    const clock = new SimulatedClock();
    const released = waitForPortRelease('127.0.0.1', 80, { tcpPorts: portsThat(['taken']).ports, clock });
    await clock.advance(1_100);
    expect(await released).toEqual({ kind: 'held' });
    expect(clock.pendingTimers).toBe(0);
  });
});
