import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import { GatewayManager } from '../../src/manager/gateway-manager.ts';
import { targetFromOptions } from '../../src/manager/target.ts';
import { healthy, ManagerWorld, PORT } from './manager-world.ts';

const command = ['/opt/gateway', '--port', '{port}'];

describe('the status of a manager', () => {
  test('the status of a gateway of ours tells everything known of it', async () => {
    const world = await ManagerWorld.running();
    const status = world.manager.getStatus();
    expect(status).toStrictEqual({
      state: 'running',
      phase: 'ready',
      ownership: 'owned',
      health: 'ok',
      generation: 1,
      host: '127.0.0.1',
      port: PORT,
      url: 'ws://127.0.0.1:18789/ws',
      pid: world.machine.mains[0]?.pid,
      version: 'simulated',
      dialect: 'jsonrpc',
      connectedAt: 1_700_000_000_061,
      uptime: 939,
      reconnectAttempts: 0,
      restarts: 0,
      since: 1_700_000_000_061,
      asOf: 1_700_000_001_000,
      healthSince: 1_700_000_000_061,
      program: 'gateway',
    });
    expect(Object.isFrozen(status)).toBe(true);
    expect([world.manager.isConnected(), world.logged]).toEqual([true, []]);
  });

  test('the status of a stopped manager names no process, connection or problem', () => {
    expect(new ManagerWorld().manager.getStatus()).toStrictEqual({
      state: 'stopped',
      phase: 'idle',
      ownership: 'none',
      health: 'down',
      generation: 0,
      host: '127.0.0.1',
      port: PORT,
      url: 'ws://127.0.0.1:18789/ws',
      reconnectAttempts: 0,
      restarts: 0,
      since: 1_700_000_000_000,
      asOf: 1_700_000_000_000,
      healthSince: 1_700_000_000_000,
    });
  });

  test('the status after a crash names the last exit, and the usual boot time while it boots', async () => {
    const world = await ManagerWorld.running();
    world.crash(3);
    await world.clock.advance(10);
    expect(world.manager.getStatus()).toMatchObject({
      state: 'reconnecting',
      phase: 'waiting-ready',
      restarts: 1,
      usualBootMs: 59,
      lastExit: { code: 3, signal: null, at: 1_700_000_001_000, cause: 'crash' },
    });
    expect(Object.keys(world.manager.getStatus().lastExit ?? {}).sort()).toEqual(['at', 'cause', 'code', 'signal']);
  });

  test('states change along start, crash and stop, each with the status of the change', async () => {
    const world = new ManagerWorld();
    const seen: string[] = [];
    world.manager.on('transition', ({ from, to, status }) => seen.push(`${from} > ${to} ${status.phase}`));
    await world.settle(world.manager.start());
    world.crash();
    await world.clock.advance(1_000);
    await world.settle(world.manager.restart());
    await world.settle(world.manager.stop());
    expect(seen).toEqual([
      'stopped > starting preflight',
      'starting > running ready',
      'running > reconnecting terminating',
      'reconnecting > running ready',
      'running > stopping terminating',
      'stopping > starting preflight',
      'starting > running ready',
      'running > stopping terminating',
      'stopping > stopped idle',
    ]);
  });

  test('a listener that throws is logged by name, and disturbs nobody', async () => {
    const world = new ManagerWorld();
    world.manager.on('transition', () => {
      throw new Error('a listener with a bug');
    });
    await world.settle(world.manager.start());
    expect(world.manager.getStatus().state).toBe('running');
    expect([...new Set(world.logged)]).toEqual(['error A listener of "transition" threw: a listener with a bug']);
  });
});

describe('lifecycle requests', () => {
  test('a start resolves with generation and pid, a restart with both pids, a stop with the one before', async () => {
    const world = new ManagerWorld();
    expect(await world.settle(world.manager.start())).toStrictEqual({ outcome: 'applied', generation: 1, pid: 1_001 });
    expect(await world.settle(world.manager.start())).toStrictEqual({ outcome: 'joined', generation: 1, pid: 1_001 });
    expect(await world.settle(world.manager.restart())).toStrictEqual({
      outcome: 'applied',
      generation: 2,
      pid: 1_002,
      previousPid: 1_001,
    });
    expect(await world.settle(world.manager.stop())).toStrictEqual({
      outcome: 'applied',
      generation: 3,
      previousPid: 1_002,
    });
    expect(await world.settle(world.manager.stop())).toStrictEqual({ outcome: 'joined', generation: 3 });
    expect([world.machine.ours, world.host.timers]).toEqual([[], 0]);
  });

  test('a start that a stop overtakes is aborted with the reason', async () => {
    const world = new ManagerWorld();
    const start = world.manager.start();
    const stop = world.manager.stop();
    const error = await world.failure(start);
    expect([error.code, error.problem.detail]).toEqual(['aborted', 'It was stopped before it was running.']);
    expect(await world.settle(stop)).toMatchObject({ outcome: 'applied', generation: 2 });
  });

  test('a start that a restart overtakes resolves with its outcome', async () => {
    const world = new ManagerWorld();
    const results = await world.settle(Promise.all([world.manager.start(), world.manager.restart()]));
    expect(results.map(({ outcome }) => outcome)).toEqual(['superseded', 'applied']);
    expect(results[0]?.pid).toBe(results[1]?.pid);
  });

  test('a forced stop waits for no process that ignores SIGTERM', async () => {
    const world = await ManagerWorld.running({ behave: () => ({ ...healthy, sigtermMs: 'never' }) });
    const stops = Promise.all([world.manager.stop(), world.manager.stop({ force: true })]);
    expect((await world.settle(stops, 100)).map(({ outcome }) => outcome)).toEqual(['joined', 'applied']);
  });

  test('a forced restart waits for no process that ignores SIGTERM', async () => {
    const world = await ManagerWorld.running({ behave: () => ({ ...healthy, sigtermMs: 'never' }) });
    expect(await world.settle(world.manager.restart({ force: true }), 200)).toMatchObject({ outcome: 'applied' });
    const gentle = world.manager.restart();
    await world.clock.advance(200);
    expect(await world.settle(world.manager.restart({ force: true }), 200)).toMatchObject({ outcome: 'applied' });
    expect(await gentle).toMatchObject({ outcome: 'superseded' });
  });

  test('a prepare hook that throws fails the start with its reason, and the next start succeeds', async () => {
    let error: unknown = new Error('the hook has a bug');
    const world = new ManagerWorld({
      prepare: async () => {
        if (error !== undefined) await Promise.reject(error);
        return { ok: true, target: targetFromOptions({ command, mode: 'supervise', dialect: 'jsonrpc' }) };
      },
    });
    expect((await world.failure(world.manager.start())).problem).toMatchObject({
      code: 'internal',
      detail: expect.stringContaining('The start could not be planned: the hook has a bug'),
    });
    expect(world.manager.getStatus()).toMatchObject({ state: 'error', phase: 'failed', problem: { code: 'internal' } });
    error = 'no error object';
    expect((await world.failure(world.manager.start())).problem.detail).toContain('planned: no error object');
    error = undefined;
    expect(await world.settle(world.manager.start())).toMatchObject({ outcome: 'applied' });
    error = new Error('again');
    expect((await world.failure(world.manager.restart())).problem.detail).toContain('again');
    expect(world.manager.getStatus()).toMatchObject({ state: 'running', phase: 'ready' });
    expect(world.manager.getStatus().problem).toBeUndefined();
  });

  test('a gateway that crashes too often is given up, and a start tries again', async () => {
    const world = new ManagerWorld({
      behave: () => ({ ...healthy, exit: { afterMs: 200, code: 1, stderr: ['cannot go on'] } }),
      crash: { maxCrashes: 0 },
    });
    const refused: Promise<GatewayError>[] = [];
    world.manager.on('transition', ({ to }) => {
      const waits = { whenDisconnected: 'wait', timeoutMs: 90_000 } as const;
      if (to === 'reconnecting') refused.push(world.failure(world.manager.rpc('system.health', {}, waits)));
    });
    await world.settle(world.manager.start());
    await world.clock.advance(5_000);
    const { state, problem, generation } = world.manager.getStatus();
    expect([state, problem?.code, problem?.detail]).toEqual([
      'error',
      'crash.loop',
      expect.stringContaining('cannot go on'),
    ]);
    expect((await refused.at(-1))?.code).toBe('crash.loop');
    expect((await world.failure(world.manager.rpc('system.health', {}, { whenDisconnected: 'wait' }))).code).toBe(
      'crash.loop',
    );
    expect(await world.settle(world.manager.start())).toMatchObject({ outcome: 'applied', generation: generation + 1 });
  });

  test('a start while a gateway waits to be respawned begins at once', async () => {
    const world = new ManagerWorld({
      behave: (spawn) => (spawn < 3 ? { ...healthy, exit: { afterMs: 100, code: 1 } } : healthy),
    });
    await world.settle(world.manager.start());
    while (world.manager.getStatus().phase !== 'backoff') await world.clock.advance(5);
    const { nextRetryAt = 0, problem } = world.manager.getStatus();
    expect([nextRetryAt > world.clock.wallTime(), problem?.code]).toEqual([true, 'gateway.exited']);
    expect(await world.settle(world.manager.start(), 80)).toMatchObject({ outcome: 'applied', generation: 2 });
  });

  test('a start while the connection waits makes the next attempt at once', async () => {
    const world = await ManagerWorld.running({ reconnect: { baseDelayMs: 20_000, maxDelayMs: 20_000 } });
    world.server.reachability = 'refused';
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(100);
    expect(world.manager.getStatus()).toMatchObject({ state: 'reconnecting', phase: 'waiting-retry' });
    world.server.reachability = 'open';
    expect(await world.settle(world.manager.start(), 50)).toMatchObject({ outcome: 'joined', generation: 1 });
  });

  test('reconnectNow makes the next attempt at once', async () => {
    const world = await ManagerWorld.running({ reconnect: { baseDelayMs: 20_000, maxDelayMs: 20_000 } });
    world.server.reachability = 'refused';
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(100);
    world.server.reachability = 'open';
    world.manager.reconnectNow();
    await world.clock.advance(20);
    expect(world.manager.isConnected()).toBe(true);
  });

  test('a new host adopts the gateway of a dead one', async () => {
    const world = await ManagerWorld.running();
    const { pid } = world.manager.getStatus();
    world.replaceHost();
    expect(await world.settle(world.manager.start())).toMatchObject({ outcome: 'applied', pid });
    expect([world.machine.spawns, world.manager.getStatus().ownership]).toEqual([1, 'owned']);
  });

  test('handOver leaves the gateway to the next host, and is nothing without one of ours', async () => {
    const world = new ManagerWorld();
    expect(world.manager.handOver()).toBeUndefined();
    await world.settle(world.manager.start());
    const { pid } = world.manager.getStatus();
    await world.manager.handOver()?.recorded;
    expect(world.manager.handOver()).toBeUndefined();
    world.replaceHost();
    expect(await world.settle(world.manager.start())).toMatchObject({ pid });
  });

  test('handOver of an attached gateway changes nothing: it is watched and used as before', async () => {
    const world = new ManagerWorld({ mode: 'attach', health: { intervalMs: 10_000 } });
    world.machine.addForeign({ port: PORT });
    await world.settle(world.manager.start());
    expect(world.manager.handOver()).toBeUndefined();
    await world.clock.advance(25_000);
    expect([world.asked.length, world.manager.isConnected()]).toEqual([2, true]);
  });

  test('a manager stops at the end of its await using scope', async () => {
    const world = await ManagerWorld.running();
    await world.settle(world.manager[Symbol.asyncDispose]());
    expect([world.machine.ours, world.host.timers, world.manager.getStatus().state]).toEqual([[], 0, 'stopped']);
  });
});

describe('requests and events of a manager', () => {
  test('rpc sends parameters and takes a number as its timeout', async () => {
    const world = await ManagerWorld.running();
    expect(await world.settle(world.manager.rpc<string>('echo', { a: 1 }))).toEqual({ a: 1 });
    world.gateway.script = () => ({ kind: 'silence' });
    for (const options of [250, { timeoutMs: 250 }]) {
      const error = await world.failure(world.manager.rpc<string>('echo', {}, options), 300);
      expect([error.code, error.outcome]).toEqual(['request.timeout', 'unknown']);
    }
  });

  test('the limits of the options reach the connection', async () => {
    const world = await ManagerWorld.running({
      request: { timeoutMs: 700, maxInFlight: 1, whenDisconnected: 'wait' },
      heartbeat: { intervalMs: 400, timeoutMs: 100 },
      reconnect: { baseDelayMs: 10, maxDelayMs: 10 },
    });
    world.gateway.script = () => ({ kind: 'silence' });
    const first = world.failure(world.manager.rpc<string>('echo'), 800);
    expect((await first).code).toBe('request.timeout');
    await world.settle(world.manager.stop());
    const waits = world.failure(world.manager.rpc<string>('echo'), 800);
    expect((await waits).outcome).toBe('not-sent');
  });

  test('notify sends a notification, and throws where none can be sent', async () => {
    const world = await ManagerWorld.running();
    const texts: string[] = [];
    for (const peer of world.gateway.peers) peer.onText((text) => texts.push(text));
    world.manager.notify('hint', { a: 1 });
    await world.clock.advance(10);
    expect(texts.map((text): unknown => JSON.parse(text))).toEqual([
      { jsonrpc: '2.0', method: 'hint', params: { a: 1 } },
    ]);
    await world.settle(world.manager.stop());
    expect(() => world.manager.notify('hint')).toThrow(GatewayError);
  });

  test('a registered handler answers requests of the gateway until it is removed', async () => {
    const world = await ManagerWorld.running();
    const texts: string[] = [];
    for (const peer of world.gateway.peers) peer.onText((text) => texts.push(text));
    const off = world.manager.onRequest('ask', async (params) => ({ got: params }));
    const ask = async () => {
      for (const peer of world.gateway.peers) peer.send('{"jsonrpc":"2.0","id":"x","method":"ask","params":{"a":1}}');
      await world.clock.advance(10);
      return texts.splice(0).map((text): unknown => JSON.parse(text));
    };
    expect(await ask()).toMatchObject([{ id: 'x', result: { got: { a: 1 } } }]);
    off();
    expect(await ask()).toMatchObject([{ id: 'x', error: { code: -32_601 } }]);
  });

  test('offers names what the gateway advertises, only while connected', async () => {
    const world = new ManagerWorld({ gateway: { dialect: 'openclaw', methods: ['echo'] } });
    expect(world.manager.offers()).toBeUndefined();
    await world.settle(world.manager.start());
    expect(world.manager.offers()).toMatchObject({ methods: ['health', 'echo'], events: ['tick', 'chat'] });
    await world.settle(world.manager.stop());
    expect(world.manager.offers()).toBeUndefined();
  });

  test('on, once and off add and remove listeners', async () => {
    const world = new ManagerWorld();
    const heard: string[] = [];
    const always = () => heard.push('on');
    const removed = () => heard.push('removed');
    world.manager.on('transition', always);
    world.manager.once('transition', () => heard.push('once'));
    world.manager.on('transition', removed);
    world.manager.off('transition', removed);
    await world.settle(world.manager.start());
    expect(heard).toEqual(['on', 'once', 'on']);
  });

  test('events streams what comes until its signal aborts', async () => {
    const world = new ManagerWorld();
    const controller = new AbortController();
    const states: string[] = [];
    const done = (async () => {
      for await (const { to } of world.manager.events('transition', { signal: controller.signal })) states.push(to);
    })();
    await world.settle(world.manager.start());
    controller.abort();
    await done;
    expect(states).toEqual(['starting', 'running']);
  });
});

describe('waitFor', () => {
  test('waitFor resolves with the status that has the state, at once where it holds', async () => {
    const world = new ManagerWorld();
    expect(await world.manager.waitFor('stopped')).toMatchObject({ state: 'stopped' });
    const waiting = world.manager.waitFor('running', { timeoutMs: 1_000 });
    void world.manager.start();
    expect(await world.settle(waiting)).toMatchObject({ state: 'running' });
    const { signal } = new AbortController();
    const stopped = world.manager.waitFor('stopped', { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await world.settle(world.manager.stop());
    expect([(await stopped).state, getEventListeners(signal, 'abort')]).toEqual(['stopped', []]);
    expect(world.host.timers).toBe(0);
  });

  test('waitFor rejects at its timeout or when aborted, and leaves no timer behind', async () => {
    const world = new ManagerWorld();
    const late = await world.failure(world.manager.waitFor('running', { timeoutMs: 10 }), 20);
    expect([late.code, late.problem.detail]).toEqual(['request.timeout', expect.stringContaining('wait for running')]);
    expect(late.problem.detail).toContain('10 ms');
    const controller = new AbortController();
    const waiting = world.failure(
      world.manager.waitFor('running', { timeoutMs: 5_000, signal: controller.signal }),
      20,
    );
    controller.abort();
    const cancelled = await waiting;
    expect([cancelled.code, cancelled.problem.detail]).toEqual([
      'request.cancelled',
      expect.stringContaining('wait for running'),
    ]);
    const { signal } = controller;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect((await world.failure(world.manager.waitFor('running', { signal }), 20)).code).toBe('request.cancelled');
    expect(world.host.timers).toBe(0);
  });
});

test('options that do not fit are refused when the manager is made', () => {
  const make: (options: unknown) => unknown = (options) => Reflect.construct(GatewayManager, [options]);
  expect(() => make({ port: -1 })).toThrow(/port/);
  expect(() => make(7)).toThrow(GatewayError);
});
