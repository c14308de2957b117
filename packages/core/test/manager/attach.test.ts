import { type DialectChoice, describeProblem } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import type { GatewayTarget, StateDirOwner } from '../../src/manager/gateway-target.ts';
import { targetFromOptions } from '../../src/manager/target.ts';
import { healthy, ManagerWorld, PORT } from './manager-world.ts';

describe('a program on the port of a start in mode auto', () => {
  test('a gateway is attached to, left alone by stop, and refused a restart', async () => {
    const world = new ManagerWorld({ mode: 'auto' });
    const foreign = world.machine.addForeign({ port: PORT });
    expect(await world.settle(world.manager.start())).toStrictEqual({ outcome: 'applied', generation: 1 });
    expect(world.manager.getStatus()).toMatchObject({ state: 'running', ownership: 'attached', health: 'ok' });
    expect(world.manager.getStatus()).not.toHaveProperty('pid');
    const refused = await world.failure(world.manager.restart());
    expect([refused.code, refused.problem.detail]).toEqual([
      'gateway.not-owned',
      'Somebody else started this gateway, so it is not restarted from here.',
    ]);
    await world.settle(world.manager.stop());
    expect(world.manager.getStatus()).toMatchObject({ state: 'stopped', ownership: 'none' });
    expect(world.machine.isAlive(foreign)).toBe(true);
    expect([world.machine.spawns, world.machine.signals, world.host.timers]).toEqual([0, [], 0]);
  });

  test('a gateway that refuses our token is attached to, and says so', async () => {
    const world = new ManagerWorld({ mode: 'auto', gateway: { token: 'T' }, auth: { token: 'X' } });
    world.machine.addForeign({ port: PORT });
    expect((await world.failure(world.manager.start())).code).toBe('auth.token-mismatch');
    expect(world.manager.getStatus()).toMatchObject({ state: 'error', ownership: 'attached' });
  });

  test('a gateway that says it is still starting is attached to', async () => {
    const world = new ManagerWorld({ mode: 'auto', gateway: { dialect: 'openclaw' } });
    world.machine.addForeign({ port: PORT });
    let isStarting = true;
    world.server.listen((peer) => {
      if (isStarting) peer.close(1013, 'starting');
    });
    const start = world.manager.start();
    await world.clock.advance(3_000);
    expect(world.manager.getStatus()).toMatchObject({ ownership: 'attached', state: 'starting' });
    isStarting = false;
    expect(world.machine.spawns).toBe(0);
    void start.catch(() => undefined);
  });

  test.each<[string, 'not-websocket' | 'unanswered', boolean, RegExp]>([
    ['a web server', 'not-websocket', true, /stranger \(pid \d+\)/],
    ['a mute program', 'unanswered', true, /stranger \(pid \d+\)/],
    ['a program of an unknown owner', 'not-websocket', false, /18789/],
  ])(
    '%s fails the start as a port in use, within two seconds, and is left alone',
    async (_what, reachability, isNamed, detail) => {
      const world = new ManagerWorld({ mode: 'auto' });
      const foreign = world.machine.addForeign({ port: PORT });
      world.server.reachability = reachability;
      if (!isNamed) world.host.tcpPorts.owner = () => Promise.resolve(undefined);
      const error = await world.failure(world.manager.start(), 2_000);
      expect([error.code, error.problem.detail]).toEqual(['port.in-use', expect.stringMatching(detail)]);
      expect(error.problem.detail.includes('stranger')).toBe(isNamed);
      expect(world.manager.getStatus()).toMatchObject({ state: 'error', phase: 'failed', ownership: 'none' });
      expect([world.machine.isAlive(foreign), world.machine.spawns]).toEqual([true, 0]);
      expect([world.host.timers, world.network.liveSockets]).toEqual([0, 0]);
    },
  );

  test('what a program answers that is no gateway is told', async () => {
    const world = new ManagerWorld({ mode: 'auto' });
    world.machine.addForeign({ port: PORT });
    world.server.reachability = 'not-websocket';
    const { problem } = await world.failure(world.manager.start());
    world.server.reachability = 'unanswered';
    const mute = await world.failure(world.manager.start());
    expect(problem.detail).not.toBe(mute.problem.detail);
    expect(problem.detail).toMatch(/answers|Unexpected|200/i);
  });

  test('no device key is shown to a program on the port before it is known to be a gateway', async () => {
    const asked: string[] = [];
    const refuse = (what: string) => () => {
      asked.push(what);
      return Promise.reject(new Error('not for a probe'));
    };
    const device = {
      key: refuse('key'),
      tokenFor: refuse('tokenFor'),
      storeToken: refuse('storeToken'),
      forgetToken: refuse('forgetToken'),
    };
    const world = new ManagerWorld({
      mode: 'auto',
      auth: { token: 'X', device, useDevice: 'always' },
      gateway: { dialect: 'openclaw', token: 'X' },
    });
    world.machine.addForeign({ port: PORT });
    const texts: string[] = [];
    world.server.listen((peer) => {
      peer.onText((text) => {
        texts.push(text);
        peer.close(1000, 'not for you');
      });
      peer.send('{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":0}}');
    });
    expect((await world.failure(world.manager.start())).code).toBe('port.in-use');
    expect([asked, texts]).toEqual([[], [expect.stringContaining('"token":"X"')]]);
  });

  test('a free port is not dialled before our process listens', async () => {
    const world = new ManagerWorld({ mode: 'auto' });
    const start = world.manager.start();
    await world.clock.advance(0);
    expect(world.dialled).toEqual([]);
    expect(await world.settle(start)).toMatchObject({ outcome: 'applied', pid: expect.any(Number) });
    expect(world.manager.getStatus().ownership).toBe('owned');
  });

  test('a stop ends the look at the port at once', async () => {
    const world = new ManagerWorld({ mode: 'auto' });
    world.machine.addForeign({ port: PORT });
    world.server.reachability = 'unanswered';
    const start = world.failure(world.manager.start());
    await world.clock.advance(100);
    await world.settle(world.manager.stop(), 50);
    expect((await start).code).toBe('aborted');
    expect([world.host.timers, world.network.liveSockets]).toEqual([0, 0]);
  });

  test('the gateway of a dead host is adopted, not attached to', async () => {
    const world = await ManagerWorld.running({ mode: 'auto' });
    const { pid } = world.manager.getStatus();
    world.replaceHost();
    expect(await world.settle(world.manager.start())).toMatchObject({ outcome: 'applied', pid });
    expect(world.manager.getStatus()).toMatchObject({ ownership: 'owned', pid });
  });
});

describe('a start while a process of ours is not ended', () => {
  test('what answers on the port of a process that outlived SIGKILL is not attached to', async () => {
    const world = await ManagerWorld.running({
      mode: 'auto',
      behave: () => ({ ...healthy, sigtermMs: 'never', sigkillMs: 'never' }),
    });
    expect((await world.failure(world.manager.stop({ force: true }))).code).toBe('gateway.not-stopped');
    const dialled = world.dialled.length;
    expect((await world.failure(world.manager.start())).code).toBe('gateway.not-stopped');
    expect([world.dialled.length, world.manager.getStatus().ownership]).toEqual([dialled, 'owned']);
  });

  test('what comes to the port of a process that is being spawned is not attached to', async () => {
    const world = new ManagerWorld({ mode: 'auto', behave: () => ({ ...healthy, spawnDelayMs: 500 }) });
    const start = world.manager.start().catch(() => undefined);
    await world.clock.advance(100);
    world.machine.addForeign({ port: PORT });
    expect((await world.failure(world.manager.restart())).code).toBe('port.in-use');
    expect(world.dialled).toEqual([]);
    await start;
  });
});

describe('an attached gateway that goes away', () => {
  async function lost(): Promise<ManagerWorld> {
    const world = new ManagerWorld({ mode: 'auto', reconnect: { maxAttempts: 2, baseDelayMs: 100 } });
    const { pid } = world.machine.addForeign({ port: PORT });
    await world.settle(world.manager.start());
    world.machine.end(pid, 0, null);
    await world.clock.advance(10_000);
    return world;
  }

  test('an attached gateway that stays away is an error with a slow retry', async () => {
    const world = await lost();
    const { state, problem, nextRetryAt = 0 } = world.manager.getStatus();
    expect([state, problem?.code]).toEqual(['error', 'connection.exhausted']);
    expect(nextRetryAt).toBeGreaterThan(world.clock.wallTime());
    world.machine.addForeign({ port: PORT });
    await world.clock.advance(61_000);
    expect(world.manager.getStatus()).toMatchObject({ state: 'running', ownership: 'attached' });
  });

  test('a start after the loss of an attached gateway starts one of ours', async () => {
    const world = await lost();
    expect(await world.settle(world.manager.start())).toMatchObject({ outcome: 'applied', generation: 2 });
    expect(world.manager.getStatus()).toMatchObject({ ownership: 'owned', state: 'running' });
  });

  test('a restart after the loss of an attached gateway starts one of ours', async () => {
    const world = await lost();
    expect(await world.settle(world.manager.restart())).toMatchObject({ outcome: 'applied', generation: 2 });
    expect(world.manager.getStatus()).toMatchObject({ ownership: 'owned', state: 'running' });
  });

  test('a start after the loss of an attached gateway ends the slow attempts to reach it', async () => {
    const base = targetFromOptions({ command: ['/opt/gateway'], mode: 'auto', dialect: 'jsonrpc' });
    let prepareMs = 0;
    const made: ManagerWorld = new ManagerWorld({
      reconnect: { maxAttempts: 1, baseDelayMs: 100 },
      prepare: async () => {
        if (prepareMs > 0) await new Promise<void>((resolve) => made.clock.happen(prepareMs, resolve));
        return { ok: true, target: base };
      },
    });
    const { pid } = made.machine.addForeign({ port: PORT });
    await made.settle(made.manager.start());
    made.machine.end(pid, 0, null);
    await made.clock.advance(10_000);
    const dialled = made.dialled.length;
    prepareMs = 300_000;
    const start = made.manager.start();
    await made.clock.advance(299_000);
    expect([made.dialled.length, made.manager.getStatus().phase]).toEqual([dialled, 'preflight']);
    expect(await made.settle(start)).toMatchObject({ outcome: 'applied' });
  });

  test('a stop after the loss of an attached gateway ends the retries', async () => {
    const world = await lost();
    expect(await world.settle(world.manager.stop())).toStrictEqual({ outcome: 'applied', generation: 2 });
    expect([world.manager.getStatus().state, world.host.timers]).toEqual(['stopped', 0]);
  });
});

describe('the port of a target', () => {
  function world(change: Partial<GatewayTarget>, options: { readonly dialect?: DialectChoice } = {}): ManagerWorld {
    const base = targetFromOptions({ command: ['/opt/gateway', '--port', '{port}'], dialect: 'jsonrpc', ...options });
    const made: ManagerWorld = new ManagerWorld({
      behave: () => ({ ...healthy, listen: { port: change.port === 0 ? 20_000 : PORT, afterMs: 50 } }),
      prepare: async () => ({ ok: true, target: { ...base, ...change } }),
    });
    return made;
  }
  const problem = describeProblem('internal', { detail: 'another gateway uses the state directory' }, 0);
  const ownedBy = (owner: StateDirOwner | undefined) => ({ findStateDirOwner: async () => owner });

  test('port 0 is a free port, kept while our process lives and chosen again after a stop', async () => {
    const made = world({ port: 0, mode: 'auto' });
    await made.settle(made.manager.start());
    expect(made.manager.getStatus()).toMatchObject({
      state: 'running',
      ownership: 'owned',
      port: 20_000,
      url: 'ws://127.0.0.1:20000/ws',
    });
    await made.settle(made.manager.restart());
    expect(made.manager.getStatus().port).toBe(20_000);
    await made.settle(made.manager.stop());
    made.machine.addForeign({ port: 20_000 });
    void made.manager.start().catch(() => undefined);
    await made.clock.advance(20);
    expect(made.manager.getStatus().port).toBe(20_001);
  });

  test('port 0 is chosen again after a start that failed', async () => {
    const made = new ManagerWorld({ port: 0, behave: () => ({ exit: { afterMs: 10, code: 1 } }) });
    await made.failure(made.manager.start());
    expect(made.manager.getStatus().port).toBe(20_000);
    made.machine.addForeign({ port: 20_000 });
    await made.failure(made.manager.start());
    expect(made.manager.getStatus().port).toBe(20_001);
  });

  test('the gateway that owns the state directory is attached to on its own port', async () => {
    const made = world({ mode: 'auto', ...ownedBy({ port: 19_000, problem }) });
    made.machine.addForeign({ port: 19_000 });
    expect(await made.settle(made.manager.start())).toMatchObject({ outcome: 'applied' });
    expect(made.manager.getStatus()).toMatchObject({ ownership: 'attached', port: 19_000 });
  });

  test('an owner of the state directory that does not answer fails the start with its problem', async () => {
    for (const port of [19_000, undefined]) {
      const made = world({ mode: 'auto', ...ownedBy({ ...(port === undefined ? {} : { port }), problem }) });
      if (port !== undefined) made.machine.addForeign({ port });
      made.server.reachability = 'not-websocket';
      expect((await made.failure(made.manager.start())).problem.detail).toContain('state directory');
      expect(made.machine.spawns).toBe(0);
    }
  });

  test('in mode supervise nobody is attached to, and a taken port fails the start', async () => {
    const made = world({ mode: 'supervise' });
    made.machine.addForeign({ port: PORT });
    expect((await made.failure(made.manager.start())).code).toBe('port.in-use');
    expect([made.dialled, made.machine.spawns]).toEqual([[], 0]);
  });

  test('in mode attach nothing is started, and the address of the target is dialled', async () => {
    const made = world({ mode: 'attach', url: `ws://localhost:${String(PORT)}/far` });
    made.machine.addForeign({ port: PORT });
    await made.settle(made.manager.start());
    expect(made.manager.getStatus()).toMatchObject({ ownership: 'attached', url: 'ws://localhost:18789/far' });
    expect(made.dialled).toEqual(['ws://localhost:18789/far']);
    expect(made.machine.spawns).toBe(0);
  });

  test.each(['refused', 'not-websocket', 'unanswered'] as const)(
    'a start in mode attach ends after its timeout where the address is %s, and tries nothing more (E12)',
    async (reachability) => {
      const made = world({ mode: 'attach', url: `ws://localhost:${String(PORT)}/far`, startTimeoutMs: 4_000 });
      if (reachability !== 'refused') made.machine.addForeign({ port: PORT });
      if (reachability === 'not-websocket') made.server.reachability = 'not-websocket';
      if (reachability === 'unanswered') made.server.freeze();
      const before = made.clock.now();
      const { problem } = await made.failure(made.manager.start());
      expect(problem.code).toBe('gateway.start-timeout');
      expect(problem.detail).toMatch(/^No gateway answered at ws:\/\/localhost:18789\/far within 4 s/);
      expect(made.clock.now() - before).toBe(4_000);
      expect(made.manager.getStatus()).toMatchObject({ state: 'error', problem: { code: 'gateway.start-timeout' } });
      const dialled = made.dialled.length;
      await made.clock.advance(120_000);
      expect(made.dialled.length).toBe(dialled);
    },
  );
});
