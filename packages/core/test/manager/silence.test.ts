import { describe, expect, test, vi } from 'vitest';
import { targetFromOptions } from '../../src/manager/target.ts';
import { ManagerWorld, PORT } from './manager-world.ts';

const limits = { health: { intervalMs: 10_000, unresponsiveAfterMs: 60_000 } } as const;

describe('a gateway of ours that falls silent', () => {
  test('a frozen gateway is reported, and restarted after the limit with the reason', async () => {
    const world = await ManagerWorld.running(limits);
    const { pid } = world.manager.getStatus();
    const errors = world.collect('error');
    const restartedAt: number[] = [];
    world.manager.on('exit', () => restartedAt.push(world.clock.now()));
    world.server.freeze();
    const frozenAt = world.clock.now();
    await world.clock.advance(20_000);
    const status = world.manager.getStatus();
    const toMonotonic = (at = 0) => at - world.clock.wallTime() + world.clock.now();
    const noticedAt = toMonotonic(status.healthSince);
    expect(noticedAt).toBeGreaterThan(frozenAt);
    expect(noticedAt).toBeLessThan(frozenAt + 15_000);
    expect(status.since).toBeLessThan(status.healthSince ?? 0);
    expect([status.health, status.pid, errors]).toEqual(['unresponsive', pid, []]);
    expect(status.problem).toMatchObject({
      code: 'gateway.unresponsive',
      detail: expect.stringContaining(
        'The process is running but not responding. DeskClaw restarts it after 60 s without any sign of life.',
      ),
    });
    await world.clock.advance(70_000);
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/For 6\d s it answered neither frames, pings, requests nor HTTP, and used no CPU time\./),
    ]);
    expect(restartedAt[0]).toBeGreaterThan(frozenAt + 60_000);
    const late = (restartedAt[0] ?? 0) - toMonotonic(status.watchdogAt);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(11_000);
    expect(restartedAt[0]).toBeLessThan(frozenAt + 85_000);
    expect(world.manager.getStatus().pid).not.toBe(pid);
  });

  test('a process table that cannot be read is no evidence, and ends nothing', async () => {
    const world = await ManagerWorld.running(limits);
    const { pid } = world.manager.getStatus();
    vi.spyOn(world.host.processes, 'find').mockImplementation(() => {
      throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    });
    const report = await world.settle(world.manager.checkHealth());
    expect(report.evidence.map(({ kind }) => kind)).not.toContain('process');
    world.server.freeze();
    await world.clock.advance(20_000);
    expect(world.manager.getStatus()).toMatchObject({ health: 'unresponsive', pid, restarts: 0 });
    vi.restoreAllMocks();
    world.server.thaw();
    await world.clock.advance(60_000);
    expect(world.manager.getStatus()).toMatchObject({ state: 'running', health: 'ok', pid });
  });

  test('a silent gateway that works is busy, and left to finish', async () => {
    const world = await ManagerWorld.running(limits);
    const { pid = 0 } = world.manager.getStatus();
    world.server.freeze();
    world.machine.work(pid, 1);
    await world.clock.advance(45_000);
    expect(world.manager.getStatus()).toMatchObject({
      health: 'busy',
      pid,
      restarts: 0,
      problem: {
        code: 'gateway.unresponsive',
        detail: expect.stringContaining(
          'The process is working, but does not respond right now. DeskClaw lets it finish.',
        ),
      },
    });
    world.server.thaw();
    await world.clock.advance(60_000);
    expect(world.manager.getStatus()).toMatchObject({ state: 'running', health: 'ok', pid });
    expect(world.manager.getStatus().problem).toBeUndefined();
  });

  describe('a start of a gateway that works and does not answer', () => {
    const attempts = { baseDelayMs: 100, maxDelayMs: 1_000, maxAttempts: 3 } as const;

    /** A gateway that works, and was started again while it answers nothing. */
    async function startedWhileBusy(timeoutMs: number) {
      const options = {
        ...limits,
        reconnect: attempts,
        startup: { timeoutMs },
        mode: 'supervise',
        port: PORT,
      } as const;
      const target = targetFromOptions({ ...options, command: ['/opt/gateway'], dialect: 'jsonrpc' });
      const plan = { isRefused: false };
      const prepare = () =>
        plan.isRefused ? Promise.reject(new Error('no plan')) : Promise.resolve({ ok: true as const, target });
      const world = await ManagerWorld.running({ ...options, prepare });
      const { pid = 0 } = world.manager.getStatus();
      world.server.freeze();
      world.machine.work(pid, 1);
      world.network.resetAll();
      await world.clock.advance(6_000);
      expect(world.manager.getStatus()).toMatchObject({ state: 'reconnecting', health: 'busy' });
      const startedAt = world.clock.now();
      const started = world.manager.start();
      return { world, pid, started, startedAt, plan };
    }

    const isAbandoned = (world: ManagerWorld) => world.manager.getStatus().phase === 'exhausted';

    test('start of a busy gateway outlasts the attempts to connect, and resolves when it answers', async () => {
      const { world, pid, started } = await startedWhileBusy(60_000);
      expect(await world.clock.advanceUntil(() => isAbandoned(world), 60_000)).toBe(true);
      await world.clock.advance(5_000);
      world.machine.work(pid, 0);
      world.server.thaw();
      world.manager.reconnectNow();
      expect(await world.settle(started, 5_000)).toMatchObject({ outcome: 'joined', pid });
    });

    test('start of a gateway that stays busy rejects at its timeout with the reason, and leaves it alone', async () => {
      const { world, pid, started, startedAt } = await startedWhileBusy(40_000);
      const error = await world.failure(started);
      expect(error.problem).toMatchObject({
        code: 'gateway.unresponsive',
        detail:
          'The process is working, but does not respond right now. DeskClaw lets it finish. The start waited 40 s for it.',
      });
      expect(world.clock.now() - startedAt).toBeCloseTo(40_000, -2);
      expect(world.manager.getStatus()).toMatchObject({ state: 'reconnecting', health: 'busy', pid, restarts: 0 });
      expect(world.manager.getStatus().lastFailure?.problem).toEqual(error.problem);
    });

    test('start rejects once the gateway that was waited for stops working', async () => {
      const { world, pid, started } = await startedWhileBusy(120_000);
      expect(await world.clock.advanceUntil(() => isAbandoned(world), 60_000)).toBe(true);
      world.machine.work(pid, 0);
      expect((await world.failure(started)).code).toBe('connection.exhausted');
      expect(world.manager.getStatus()).toMatchObject({ state: 'error', pid });
    });

    test('a restart that cannot be planned leaves a busy gateway what it was', async () => {
      const { world, pid, started, plan } = await startedWhileBusy(20_000);
      await world.failure(started);
      expect(await world.clock.advanceUntil(() => isAbandoned(world), 60_000)).toBe(true);
      plan.isRefused = true;
      const states = world.collect('transition');
      await world.failure(world.manager.restart());
      expect(states).toEqual([]);
      expect(world.manager.getStatus()).toMatchObject({ state: 'reconnecting', health: 'busy', pid });
    });
  });

  test('an answered request takes a verdict of silence back at once', async () => {
    const world = await ManagerWorld.running({ ...limits, ready: { method: 'ping' } });
    const journal = world.collect('timeline');
    world.gateway.script = () => ({ kind: 'silence' });
    await world.clock.advance(16_000);
    expect(world.manager.getStatus()).toMatchObject({ state: 'running', health: 'unresponsive' });
    world.gateway.script = ({ params }) => ({ kind: 'result', result: params });
    const reply = world.manager.rpc('echo', { text: 'hello' });
    await world.clock.advance(10);
    expect(await reply).toEqual({ text: 'hello' });
    expect(world.manager.getStatus()).toMatchObject({ state: 'running', health: 'ok' });
    expect(world.manager.getStatus().problem).toBeUndefined();
    const evidence = [expect.objectContaining({ kind: 'rpc', ok: true })];
    expect(journal.findLast(({ category }) => category === 'health')).toMatchObject({ what: 'ok', data: { evidence } });
  });

  test('pongs alone do not take a verdict of silence back', async () => {
    const world = await ManagerWorld.running({ ...limits, ready: { method: 'ping' } });
    world.gateway.script = () => ({ kind: 'silence' });
    await world.clock.advance(60_000);
    expect(world.manager.getStatus()).toMatchObject({ state: 'running', health: 'unresponsive' });
  });

  test('one silence is one problem: its time does not change while it lasts', async () => {
    const world = await ManagerWorld.running(limits);
    world.server.freeze();
    await world.clock.advance(20_000);
    const first = world.manager.getStatus().problem;
    await world.clock.advance(10_000);
    expect(world.manager.getStatus().problem).toBe(first);
    world.server.thaw();
    await world.clock.advance(30_000);
    expect(world.manager.getStatus().problem).toBeUndefined();
    world.server.freeze();
    await world.clock.advance(20_000);
    expect(world.manager.getStatus().problem?.at).toBeGreaterThan(first?.at ?? 0);
  });

  test('an attached gateway that falls silent is waited for, and never ended', async () => {
    const world = new ManagerWorld({ ...limits, mode: 'attach' });
    const foreign = world.machine.addForeign({ port: PORT });
    await world.settle(world.manager.start());
    world.server.freeze();
    await world.clock.advance(13_500);
    expect(world.manager.getStatus()).toMatchObject({
      health: 'unresponsive',
      problem: {
        detail: expect.stringContaining('It does not respond. DeskClaw did not start it, so it waits for it.'),
      },
    });
    const errors = world.collect('error');
    await world.clock.advance(300_000);
    expect([errors, world.machine.isAlive(foreign), world.machine.signals]).toEqual([[], true, []]);
  });
});

describe('checkHealth', () => {
  test('checkHealth of a gateway of ours asks process, RPC and HTTP, and emits the report', async () => {
    const world = await ManagerWorld.running();
    const reports = world.collect('health');
    const report = await world.settle(world.manager.checkHealth());
    const at = expect.any(Number);
    expect(report).toStrictEqual({
      ok: true,
      uptime: 939,
      latencyMs: expect.any(Number),
      evidence: [
        { kind: 'process', ok: true, at },
        { kind: 'rpc', ok: true, at },
        { kind: 'http', ok: true, at, detail: 'HTTP 200' },
      ],
    });
    expect(reports).toEqual([report]);
    expect(world.asked).toEqual(['http://127.0.0.1:18789/health 2000']);
  });

  test('checkHealth without a gateway says what is missing', async () => {
    const world = new ManagerWorld();
    const report = await world.settle(world.manager.checkHealth());
    const at = expect.any(Number);
    expect(report).toStrictEqual({
      ok: false,
      error: 'not connected',
      evidence: [
        { kind: 'rpc', ok: false, at, detail: 'not connected' },
        { kind: 'http', ok: false, at, detail: 'refused' },
      ],
    });
  });

  test('checkHealth of an attached gateway has no evidence of a process', async () => {
    const world = new ManagerWorld({ mode: 'attach', healthPath: '/live' });
    world.machine.addForeign({ port: PORT });
    await world.settle(world.manager.start());
    const report = await world.settle(world.manager.checkHealth());
    expect(report.evidence.map(({ kind }) => kind)).toEqual(['rpc', 'http']);
    expect(world.asked).toEqual(['http://127.0.0.1:18789/live 2000']);
  });

  test('checkHealth after the death of the process says so', async () => {
    const world = await ManagerWorld.running({
      behave: () => ({ listen: { port: PORT, afterMs: 50 }, zombieMs: 5_000 }),
    });
    world.crash();
    const report = await world.settle(world.manager.checkHealth());
    expect(report.evidence[0]).toMatchObject({ kind: 'process', ok: false });
  });

  test('the checks of a healthy gateway go on at their interval, and end with a stop', async () => {
    const world = await ManagerWorld.running({ health: { intervalMs: 10_000 } });
    await world.clock.advance(45_000);
    expect(world.asked).toHaveLength(4);
    await world.settle(world.manager.stop());
    await world.clock.advance(60_000);
    expect(world.asked).toHaveLength(4);
  });
});
