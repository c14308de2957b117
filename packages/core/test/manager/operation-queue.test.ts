import { describe, expect, test } from 'vitest';
import type { DrainHook } from '../../src/manager/gateway-target.ts';
import { targetFromOptions } from '../../src/manager/target.ts';
import { healthy, ManagerWorld } from './manager-world.ts';

async function draining(drainHook: DrainHook | undefined, drainMs = 1_000): Promise<ManagerWorld> {
  const base = targetFromOptions({
    command: ['/opt/gateway'],
    mode: 'supervise',
    dialect: 'jsonrpc',
    stop: { drainMs },
  });
  const target = { ...base, ...(drainHook === undefined ? {} : { drainHook }) };
  return ManagerWorld.running({ prepare: async () => ({ ok: true, target }) });
}

describe('requests that wait for an answer when a stop begins', () => {
  test.each([
    [1_000, 500, 'answered', 500],
    [1_000, 5_000, 'unknown', 1_000],
    [0, 500, 'unknown', 0],
  ])(
    'a stop with %i ms to drain and a request that takes %i ms ends the request as %s, after %i ms',
    async (drainMs, tookMs, outcome, waitMs) => {
      const world = await draining(undefined, drainMs);
      world.gateway.script = ({ id }, peer) => {
        world.clock.happen(
          tookMs,
          () => peer.isOpen && peer.send(JSON.stringify({ jsonrpc: '2.0', id, result: 'done' })),
        );
        return { kind: 'silence' };
      };
      const phases = new Set<string>();
      world.manager.on('status', ({ phase }) => phases.add(phase));
      const asked = world.manager.rpc<string>('echo').then(
        (result) => (result === 'done' ? 'answered' : result),
        (error: unknown) => (error instanceof Error && 'outcome' in error ? error.outcome : error),
      );
      await world.clock.advance(5);
      const began = world.clock.now();
      await world.settle(world.manager.stop());
      expect(await asked).toBe(outcome);
      expect(world.clock.now() - began).toBeGreaterThanOrEqual(waitMs);
      expect(world.clock.now() - began).toBeLessThan(waitMs + 50);
      expect(phases.has('drain')).toBe(drainMs > 0);
    },
  );

  test('a forced stop ends the drain that a gentle one waits for', async () => {
    const world = await draining(() => new Promise(() => undefined), 60_000);
    const gentle = world.manager.stop();
    await world.clock.advance(100);
    expect(world.manager.getStatus()).toMatchObject({ state: 'stopping', phase: 'drain', health: 'ok' });
    expect(await world.settle(world.manager.stop({ force: true }), 100)).toMatchObject({ outcome: 'applied' });
    expect((await gentle).outcome).toBe('joined');
    expect(world.machine.ours).toEqual([]);
  });
});

describe('a drain hook', () => {
  test('a drain hook gets the limit and a way to ask the gateway', async () => {
    const seen: unknown[] = [];
    const world = await draining(async (call, limitMs) => {
      seen.push(limitMs, await call('echo', { a: 1 }, 500));
      return undefined;
    });
    await world.settle(world.manager.stop());
    expect(seen).toEqual([1_000, { a: 1 }]);
  });

  test('a request of a drain hook ends at its own limit', async () => {
    const codes: unknown[] = [];
    const world = await draining(async (call) => {
      await call('echo', {}, 100).catch((error: unknown) => codes.push(String(error)));
      return undefined;
    });
    world.gateway.script = () => ({ kind: 'silence' });
    await world.settle(world.manager.stop());
    expect(codes).toEqual([expect.stringMatching(/100 ms/)]);
  });

  test.each<[string, DrainHook]>([
    ['fails', () => Promise.reject(new Error('it would not'))],
    ['never ends', () => new Promise(() => undefined)],
  ])('a gateway is stopped even if its drain hook %s', async (_what, hook) => {
    const world = await draining(hook);
    expect(await world.settle(world.manager.stop(), 1_100)).toMatchObject({ outcome: 'applied' });
    expect(world.machine.ours).toEqual([]);
  });

  test('no drain hook runs without a connection', async () => {
    let calls = 0;
    const world = await draining(async () => {
      calls += 1;
      return undefined;
    });
    world.server.reachability = 'refused';
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(10);
    await world.settle(world.manager.stop(), 100);
    expect(calls).toBe(0);
  });
});

describe('overlapping requests', () => {
  test('equal requests join the one under way', async () => {
    const world = new ManagerWorld();
    const starts = await world.settle(
      Promise.all([world.manager.start(), world.manager.start(), world.manager.start()]),
    );
    expect(starts.map(({ outcome }) => outcome)).toEqual(['applied', 'joined', 'joined']);
    expect(world.machine.spawns).toBe(1);
    const restarts = await world.settle(Promise.all([world.manager.restart(), world.manager.restart()]));
    expect(restarts.map(({ outcome }) => outcome)).toEqual(['applied', 'joined']);
    expect(world.machine.spawns).toBe(2);
    const stops = await world.settle(Promise.all([world.manager.stop(), world.manager.stop()]));
    expect(stops).toEqual([
      { outcome: 'applied', generation: 3, previousPid: 1_002 },
      { outcome: 'joined', generation: 3, previousPid: 1_002 },
    ]);
  });

  test('a stop that a start overtakes is superseded, and a new process runs', async () => {
    const world = await ManagerWorld.running();
    const [stopped, started] = await world.settle(Promise.all([world.manager.stop(), world.manager.start()]));
    expect([stopped.outcome, started.outcome]).toEqual(['superseded', 'applied']);
    expect(world.manager.getStatus()).toMatchObject({ state: 'running', pid: 1_002, generation: 3 });
  });

  test('a stop aborts a start and the restart that had superseded it', async () => {
    const world = new ManagerWorld();
    const started = world.failure(world.manager.start());
    const restarted = world.failure(world.manager.restart());
    const stopped = world.settle(world.manager.stop());
    expect([(await started).code, (await restarted).code, (await stopped).outcome]).toEqual([
      'aborted',
      'aborted',
      'applied',
    ]);
  });

  test('a start that joined a restart which cannot be planned is running with the old process', async () => {
    let isPlannable = true;
    const base = targetFromOptions({ command: ['/opt/gateway'], mode: 'supervise', dialect: 'jsonrpc' });
    const world: ManagerWorld = await ManagerWorld.running({
      prepare: async () => {
        if (!isPlannable) throw new Error('no plan');
        return { ok: true, target: base };
      },
    });
    isPlannable = false;
    const restarted = world.failure(world.manager.restart());
    const started = world.settle(world.manager.start());
    expect((await restarted).problem.detail).toContain('no plan');
    expect(await started).toMatchObject({ outcome: 'joined', pid: 1_001 });
  });

  test('a start that joined one which fails gets its problem', async () => {
    const world = new ManagerWorld({ behave: () => ({ exit: { afterMs: 10, code: 1 } }) });
    const failures = [world.failure(world.manager.start()), world.failure(world.manager.start())];
    expect((await Promise.all(failures)).map(({ code }) => code)).toEqual(['gateway.exited', 'gateway.exited']);
  });

  test('a stop whose process survives SIGKILL fails by name, and the next one succeeds once it is gone', async () => {
    const world = await ManagerWorld.running({ behave: () => ({ ...healthy, sigtermMs: 'never', sigkillMs: 12_000 }) });
    const error = await world.failure(world.manager.stop({ force: true }));
    expect([error.code, error.problem.detail]).toEqual([
      'gateway.not-stopped',
      expect.stringContaining('gateway (pid 1001)'),
    ]);
    expect(world.manager.getStatus()).toMatchObject({ state: 'error', pid: 1_001, ownership: 'owned', generation: 2 });
    await world.clock.advance(10_000);
    expect(await world.settle(world.manager.stop())).toMatchObject({ outcome: 'joined', generation: 2 });
    expect(world.manager.getStatus().state).toBe('stopped');
  });
});
