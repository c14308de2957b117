/** Every row of docs/seed-compatibility.md: a program written against the original `GatewayManager`. */
import { describe, expect, test } from 'vitest';
import { GatewayManager } from '../../src/manager/gateway-manager.ts';
import { manage, stopAll } from './builtin.ts';
import { ManagerWorld } from './manager-world.ts';

/** Calls a method as a program without types would. */
function call(target: object, name: string, ...args: readonly unknown[]): unknown {
  const method: unknown = Reflect.get(target, name);
  if (typeof method !== 'function') throw new Error(`there is no ${name}`);
  return Reflect.apply(method, target, args);
}

async function heard(world: ManagerWorld): Promise<void> {
  await world.clock.advance(10);
}

describe('the surface of the original manager', () => {
  test('on, once, off, addListener and removeListener add and remove listeners', async () => {
    const world = await ManagerWorld.running();
    const seen: string[] = [];
    const listeners = { on: () => seen.push('on'), added: () => seen.push('added'), once: () => seen.push('once') };
    world.manager.on('notification', listeners.on);
    world.manager.addListener('notification', listeners.added);
    world.manager.once('notification', listeners.once);
    world.gateway.announce('tick', {});
    await heard(world);
    world.manager.off('notification', listeners.on);
    world.manager.removeListener('notification', listeners.added);
    world.gateway.announce('tick', {});
    await heard(world);
    expect(seen).toEqual(['on', 'added', 'once']);
  });

  test.each(['emit', 'listenerCount', 'removeAllListeners', 'setMaxListeners', 'prependListener', 'eventNames'])(
    'the EventEmitter method %s fails and says what to do instead',
    (name) => {
      const { manager } = new ManagerWorld();
      expect(() => call(manager, name, 'status')).toThrow(new RegExp(`no EventEmitter and has no ${name}\\(\\): \\w+`));
      expect(Object.keys(manager)).toEqual([]);
    },
  );

  test.each(['on', 'once', 'off', 'removeListener'])('a chained call of %s fails and says why', (name) => {
    const { manager } = new ManagerWorld();
    const off = manager.on('status', () => undefined);
    expect(() => call(off, name, 'error', () => undefined)).toThrow(/return a function that removes the listener/);
    expect(off.call(undefined)).toBeUndefined();
  });

  test.each([
    ['maxAttempts', 'reconnect.maxAttempts'],
    ['baseDelay', 'reconnect.baseDelayMs'],
    ['maxDelay', 'reconnect.maxDelayMs'],
  ])('the option %s is refused with its new name', (name, now) => {
    const create = () => Reflect.construct(GatewayManager, [{ [name]: 10 }]) as unknown;
    expect(create).toThrow(
      expect.objectContaining({ code: 'config.invalid', message: expect.stringContaining(`it is called ${now} now`) }),
    );
  });

  test('the status has every field of the original, and the text of a problem as error', async () => {
    const world = await ManagerWorld.running();
    expect(world.manager.getStatus()).toMatchObject({
      state: 'running',
      port: 18_789,
      pid: expect.any(Number),
      uptime: expect.any(Number),
      connectedAt: expect.any(Number),
      reconnectAttempts: 0,
    });
    expect(world.manager.getStatus().error).toBeUndefined();
    const broken = new ManagerWorld({ behave: () => ({ spawnDelayMs: 1, exit: { afterMs: 5, code: 78 } }) });
    const seen: unknown[] = [];
    broken.manager.on('status', ({ error }) => seen.push(error));
    const { problem } = await broken.failure(broken.manager.start());
    const status = broken.manager.getStatus();
    expect(status.error).toBe(`${problem.title}: ${problem.detail}`);
    expect(seen.at(-1)).toBe(status.error);
    expect(Object.keys(status)).not.toContain('error');
  });

  test('the states are those of the original, and stopping is new', async () => {
    const world = new ManagerWorld({ reconnect: { maxAttempts: 1 } });
    const states: string[] = [world.manager.getStatus().state];
    world.manager.on('transition', ({ to }) => states.push(to));
    await world.settle(world.manager.start());
    world.crash();
    await world.clock.advance(5_000);
    await world.settle(world.manager.stop());
    expect(states).toEqual(['stopped', 'starting', 'running', 'reconnecting', 'running', 'stopping', 'stopped']);
  });

  test('isConnected is true while running with an open socket', async () => {
    const world = new ManagerWorld();
    expect(world.manager.isConnected()).toBe(false);
    await world.settle(world.manager.start());
    expect(world.manager.isConnected()).toBe(true);
    await world.settle(world.manager.stop());
    expect(world.manager.isConnected()).toBe(false);
  });

  test('start resolves when connected, does nothing while running, and rejects with the failure', async () => {
    const world = new ManagerWorld();
    await world.settle(world.manager.start());
    expect(world.manager.isConnected()).toBe(true);
    await world.settle(world.manager.start());
    expect(world.machine.spawns).toBe(1);
    const broken = new ManagerWorld({ behave: () => ({ spawnDelayMs: 1, exit: { afterMs: 5, code: 78 } }) });
    const error = await broken.failure(broken.manager.start());
    expect([error.code, broken.manager.getStatus().state]).toEqual(['gateway.exited', 'error']);
  });

  test('stop ends reconnecting, rejects pending calls and leaves the state stopped', async () => {
    const world = await ManagerWorld.running();
    world.gateway.script = () => ({ kind: 'silence' });
    const pending = world.failure(world.manager.rpc('slow'));
    await world.settle(world.manager.stop());
    expect((await pending).outcome).toBe('unknown');
    await world.clock.advance(60_000);
    expect([world.manager.getStatus().state, world.machine.mains]).toEqual(['stopped', []]);
  });

  test('restart stops and starts, and resolves with another process', async () => {
    const world = await ManagerWorld.running();
    const { pid } = world.manager.getStatus();
    await world.settle(world.manager.restart());
    expect(world.manager.getStatus().state).toBe('running');
    expect(world.manager.getStatus().pid).not.toBe(pid);
  });

  test('rpc takes the timeout as a number, and rejects without a connection, on timeout, and with the words of an error', async () => {
    const world = new ManagerWorld();
    expect((await world.failure(world.manager.rpc('any'))).outcome).toBe('not-sent');
    await world.settle(world.manager.start());
    world.gateway.script = ({ method }) =>
      method === 'slow' ? { kind: 'silence' } : { kind: 'error', error: { code: 5, message: 'the disk is full' } };
    const began = world.clock.now();
    expect((await world.failure(world.manager.rpc('slow', undefined, 700))).code).toBe('request.timeout');
    expect(world.clock.now() - began).toBeLessThan(1_000);
    const error = await world.failure(world.manager.rpc('save', { a: 1 }));
    expect(error.message).toContain('the disk is full');
    expect(error.rpc?.message).toBe('the disk is full');
    expect((await world.failure(world.manager.rpc('save', undefined, 0))).code).toBe('request.invalid');
    // @ts-expect-error the type argument is the method now: the result is typed by the method, or by a cast.
    const typed = world.manager.rpc<{ readonly ok: boolean }>('save');
    await world.failure(typed);
  });

  test('checkHealth never rejects, and resolves with ok, error and uptime', async () => {
    const world = new ManagerWorld();
    expect(await world.settle(world.manager.checkHealth())).toMatchObject({ ok: false, error: 'not connected' });
    await world.settle(world.manager.start());
    await world.clock.advance(2_000);
    expect(await world.settle(world.manager.checkHealth())).toMatchObject({ ok: true, uptime: expect.any(Number) });
    world.httpAnswer = { status: 404, contentType: 'text/plain', body: '' };
    const { ok, evidence } = await world.settle(world.manager.checkHealth());
    expect([ok, evidence.find(({ kind }) => kind === 'http')?.ok]).toEqual([true, false]);
  });

  test('a health check that fails while running is an error event', async () => {
    const world = await ManagerWorld.running({ heartbeat: { intervalMs: 500_000 } });
    const errors = world.collect('error');
    world.server.freeze();
    await world.clock.advance(40_000);
    expect(errors).toMatchObject([{ code: 'gateway.unresponsive', message: expect.stringContaining('health check') }]);
  });

  test('a gateway that answers no ping is noticed', async () => {
    const world = await ManagerWorld.running();
    world.server.freeze();
    await world.clock.advance(20_000);
    expect(world.manager.getStatus().health).toBe('unresponsive');
  });

  test('after an unexpected exit the gateway is started again, and after too many the state is error', async () => {
    const world = await ManagerWorld.running({ crash: { maxCrashes: 2 } });
    world.crash();
    await world.clock.advance(5_000);
    expect(world.manager.getStatus().state).toBe('running');
    for (let crash = 0; crash < 2; crash += 1) {
      world.crash();
      await world.clock.advance(10_000);
    }
    expect(world.manager.getStatus()).toMatchObject({ state: 'error', problem: { code: 'crash.loop' } });
  });
});

describe('the events of the original manager', () => {
  test('status is emitted with the status at every change', async () => {
    const world = new ManagerWorld();
    const statuses = world.collect('status');
    await world.settle(world.manager.start());
    expect(statuses.map(({ state }) => state)).toEqual(expect.arrayContaining(['starting', 'running']));
    expect(statuses.at(-1)).toMatchObject({ state: 'running', pid: expect.any(Number) });
  });

  test('message is any frame that is neither a pending reply nor a notification', async () => {
    const world = await ManagerWorld.running();
    const messages = world.collect('message');
    const frames = [{ hello: 'world' }, { jsonrpc: '2.0', id: 4_711, result: 'of nobody' }, { event: 'odd' }];
    for (const frame of frames) world.gateway.peers[0]?.send(JSON.stringify(frame));
    await heard(world);
    expect(messages).toEqual(frames);
  });

  test('notification is every notification with jsonrpc, method and params', async () => {
    const world = await ManagerWorld.running();
    const notifications = world.collect('notification');
    world.gateway.announce('cron.done', { id: 1 });
    await heard(world);
    expect(notifications).toEqual([{ jsonrpc: '2.0', method: 'cron.done', params: { id: 1 } }]);
  });

  test.each([
    [3, null, 3],
    [null, 'SIGKILL', null],
  ])('exit is the exit code, %j after signal %j', async (code, signal, expected) => {
    const world = await ManagerWorld.running();
    const exits = world.collect('exit');
    world.crash(code, signal);
    await heard(world);
    expect(exits).toEqual([expected]);
    expect(world.manager.getStatus().lastExit).toMatchObject({ code, signal });
  });

  test('error is an Error, also for the notification error, with its message', async () => {
    const world = await ManagerWorld.running();
    const errors = world.collect('error');
    world.gateway.announce('error', { message: 'the model is gone', code: 'E_MODEL', data: { model: 'x' } });
    world.gateway.announce('error', undefined);
    await heard(world);
    expect(errors).toEqual([expect.any(Error), expect.any(Error)]);
    expect(errors[0]).toMatchObject({
      message: expect.stringContaining('the model is gone'),
      rpc: { code: 'E_MODEL', message: 'the model is gone', data: { model: 'x' } },
    });
  });

  test('channel:status has the channel and the status as sent, whatever the word', async () => {
    const world = await ManagerWorld.running();
    const changes = world.collect('channel:status');
    for (const status of ['connected', 'qr-needed', 'Online']) {
      world.gateway.announce('channel.status_changed', { channelId: 'whatsapp', status });
    }
    await heard(world);
    expect(changes.map(({ channelId, status }) => [channelId, status])).toEqual([
      ['whatsapp', 'connected'],
      ['whatsapp', 'qr-needed'],
      ['whatsapp', 'Online'],
    ]);
  });

  test('chat:message has the message as sent for chat.message_received', async () => {
    const world = await ManagerWorld.running();
    const chats = world.collect('chat:message');
    const messages = [{ id: 'm1', role: 'assistant', content: 'hello' }, 'plain text', { text: 'hi', attachments: [] }];
    for (const message of messages) world.gateway.announce('chat.message_received', { message });
    await heard(world);
    expect(chats.map(({ message }) => message)).toEqual(messages);
    expect(chats.map(({ text, state }) => [text, state])).toEqual([
      ['hello', 'final'],
      ['plain text', 'final'],
      ['hi', 'final'],
    ]);
  });

  test('a step of a streamed reply is one chat:message, not two', async () => {
    const world = await ManagerWorld.running();
    const chats = world.collect('chat:message');
    const run = { runId: 'r', sessionKey: 'main', role: 'assistant', seq: 1 };
    world.gateway.announce('chat.message_received', { ...run, role: 'user', state: 'final', text: 'a question' });
    world.gateway.announce('chat.message_received', { ...run, state: 'delta', text: 'an' });
    await heard(world);
    expect(chats).toMatchObject([{ runId: 'r', state: 'delta', text: 'an' }]);
  });

  test('frames may be binary, and ids of replies may be text', async () => {
    const world = await ManagerWorld.running();
    world.gateway.script = (request, peer) => {
      peer.sendBinary(JSON.stringify({ jsonrpc: '2.0', id: String(request.id), result: 'in bytes' }));
      return { kind: 'silence' };
    };
    expect(await world.settle(world.manager.rpc('any'))).toBe('in bytes');
  });

  test('the output of a gateway is a log event, and its environment is minimal with what env adds', async () => {
    process.env['DESKCLAW_TEST_KEY'] = 'of the shell';
    const print =
      'console.log(JSON.stringify([process.env.DESKCLAW_TEST_KEY ?? null, process.env.ADDED])); setTimeout(() => {}, 9000)';
    const manager = manage({
      command: [process.execPath, '-e', print],
      env: { ADDED: 'chosen' },
      startup: { timeoutMs: 5_000 },
    });
    const printed = new Promise((resolve) => {
      manager.on('log', ({ source, text }) => {
        if (source === 'gateway') resolve(JSON.parse(text));
      });
    });
    const started = manager.start().catch(() => undefined);
    expect(await printed).toEqual([null, 'chosen']);
    await stopAll();
    await started;
    delete process.env['DESKCLAW_TEST_KEY'];
  });
});
