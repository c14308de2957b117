import { describe, expect, test } from 'vitest';
import { healthy, ManagerWorld, PORT } from './manager-world.ts';

const sessionKey = 'agent:main:main';
const run = { runId: 'run-1', sessionKey };

function says(text: string) {
  return { message: { role: 'assistant', content: [{ type: 'text', text }] } };
}

describe('tool:call events', () => {
  const call = { ...run, callId: 'c', tool: 'shell' };

  test('a tool call is emitted as it starts and completes, with what the gateway says of it', async () => {
    const world = await ManagerWorld.running({ gateway: { token: 'T' }, auth: { token: 'T' } });
    const calls = world.collect('tool:call');
    const notifications = world.collect('notification');
    const sent = [
      ['tool.call_started', { ...call, arguments: { a: 1 } }],
      ['tool.call_completed', { ...call, result: 'done', more: 1 }],
      ['tool.call_completed', call],
    ] as const;
    for (const [method, params] of sent) world.gateway.announce(method, params);
    await world.clock.advance(10);
    expect(calls).toStrictEqual([
      { ...call, arguments: { a: 1 }, state: 'started' },
      { ...call, result: 'done', state: 'completed' },
      { ...call, state: 'completed' },
    ]);
    expect(notifications).toEqual(sent.map(([method, params]) => ({ jsonrpc: '2.0', method, params })));
  });

  test.each([
    ['tool.call_started', null],
    ['tool.call_started', 'text'],
    ['tool.call_started', { ...call, runId: 1 }],
    ['tool.call_started', { ...call, sessionKey: undefined }],
    ['tool.call_started', { ...call, callId: null }],
    ['tool.call_started', { ...call, tool: {} }],
    ['tool.call', call],
  ])('no tool call is emitted for %s with %j, and the notification is', async (method, params) => {
    const world = await ManagerWorld.running({ gateway: { dialect: 'openclaw', token: 'T' }, auth: { token: 'T' } });
    const calls = world.collect('tool:call');
    const notifications = world.collect('notification');
    world.gateway.announce(method, params);
    await world.clock.advance(10);
    expect([calls, notifications.map((each) => each.method)]).toEqual([[], [method]]);
  });
});

describe('channel:status events', () => {
  test('a change of a channel is emitted once, and remembered over a lost connection', async () => {
    const world = await ManagerWorld.running({ gateway: { dialect: 'openclaw', token: 'T' }, auth: { token: 'T' } });
    const changes = world.collect('channel:status');
    const health = (connected: boolean) => ({
      channelOrder: ['webchat'],
      channels: { webchat: { configured: true, running: connected, connected } },
      channelAccounts: { webchat: [{ accountId: 'default', running: connected, connected }] },
    });
    world.gateway.announce('health', health(true));
    await world.clock.advance(10);
    const first = changes.splice(0);
    expect(first).toMatchObject([{ channelId: 'webchat' }]);
    world.gateway.announce('health', health(true));
    await world.clock.advance(10);
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(5_000);
    world.gateway.announce('health', health(true));
    await world.clock.advance(10);
    expect(changes).toEqual([]);
  });
});

describe('chat:message events', () => {
  async function chatting(history: () => unknown = () => ({ messages: [] })): Promise<ManagerWorld> {
    const world = await ManagerWorld.running({
      gateway: {
        dialect: 'openclaw',
        token: 'T',
        methods: ['chat.send', 'chat.history'],
        script: ({ method, params }) => {
          if (method === 'chat.send') return { kind: 'result', result: { runId: 'run-1', status: 'started' } };
          return { kind: 'result', result: method === 'chat.history' ? history() : params };
        },
      },
      auth: { token: 'T' },
    });
    return world;
  }
  const historyRequests = (world: ManagerWorld) =>
    world.gateway.received.filter(({ method }) => method === 'chat.history').map(({ params }) => params);

  test('a reply arrives as updates of the run that was sent', async () => {
    const world = await chatting();
    const updates = world.collect('chat:message');
    await world.settle(world.manager.rpc<string>('chat.send', { sessionKey, message: 'hello' }));
    world.gateway.announce('chat', { ...run, state: 'delta', ...says('Hel') });
    world.gateway.announce('chat', { ...run, state: 'final', ...says('Hello') });
    await world.clock.advance(10);
    expect(updates.filter(({ state }) => state !== 'status')).toEqual([
      { ...run, state: 'delta', text: 'Hel', added: 'Hel' },
      { ...run, state: 'final', text: 'Hello', added: 'lo' },
    ]);
    await world.clock.advance(120_000);
    expect(updates.filter(({ state }) => state === 'unconfirmed')).toEqual([]);
  });

  test('after a break the history of each session with an open run is asked for, and no other', async () => {
    const world = await chatting();
    await world.settle(world.manager.rpc<string>('chat.send', { sessionKey, message: 'hello' }));
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(5_000);
    expect(historyRequests(world)).toEqual([{ sessionKey, limit: 100 }]);
    world.gateway.announce('chat', { ...run, state: 'final', ...says('Hello') });
    await world.clock.advance(10_000);
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(5_000);
    expect(historyRequests(world)).toHaveLength(1);
  });

  test.each([
    ['a start', { runId: 'run-1', status: 'started' }, 1],
    ['a run in flight', { runId: 'run-1', status: 'in_flight' }, 1],
    ['a run that ended before', { runId: 'run-1', status: 'ok' }, 0],
    ['no run', { status: 'started' }, 0],
    ['no object', 'started', 0],
  ])('the answer to chat.send that tells of %s is remembered as it should', async (_what, result, requests) => {
    const world = await chatting();
    world.gateway.script = ({ method }) => ({ kind: 'result', result: method === 'chat.send' ? result : {} });
    await world.settle(world.manager.rpc<string>('chat.send', { sessionKey, message: 'hello' }));
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(5_000);
    expect(historyRequests(world)).toHaveLength(requests);
  });

  test.each([
    ['parameters without a session', { message: 'hello' }, 'chat.send'],
    ['another method', { sessionKey }, 'echo'],
  ])('%s begin no run', async (_what, params, method) => {
    const world = await chatting();
    const result = { runId: 'run-1', status: 'started' };
    world.gateway.script = () => ({ kind: 'result', result });
    await world.settle(world.manager.rpc<string>(method === 'echo' ? 'chat.history' : method, params));
    world.gateway.received.length = 0;
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(5_000);
    expect(historyRequests(world)).toEqual([]);
  });

  test('a run of a process that died is reported as unconfirmed by the next one', async () => {
    const world = await chatting();
    const updates = world.collect('chat:message');
    await world.settle(world.manager.rpc<string>('chat.send', { sessionKey, message: 'hello' }));
    world.gateway.announce('chat', { ...run, state: 'delta', ...says('Hel') });
    await world.clock.advance(10);
    world.crash();
    await world.clock.advance(2_000);
    expect(updates.at(-1)).toEqual({ ...run, state: 'unconfirmed', text: 'Hel' });
  });

  test('a run that the same process still works on after a break is not over', async () => {
    const world = await chatting();
    const updates = world.collect('chat:message');
    await world.settle(world.manager.rpc<string>('chat.send', { sessionKey, message: 'hello' }));
    world.gateway.announce('chat', { ...run, state: 'delta', ...says('Hel') });
    await world.clock.advance(10);
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(2_000);
    world.gateway.announce('chat', { ...run, state: 'final', ...says('Hello') });
    await world.clock.advance(10);
    expect(updates.at(-1)).toEqual({ ...run, state: 'final', text: 'Hello', added: 'lo' });
  });

  test('a history that cannot be had leaves the run to time', async () => {
    const world = await chatting(() => {
      throw new Error('never called');
    });
    world.gateway.script = ({ method }) =>
      method === 'chat.send'
        ? { kind: 'result', result: { runId: 'run-1', status: 'started' } }
        : { kind: 'error', error: { code: -1, message: 'no history here' } };
    const updates = world.collect('chat:message');
    await world.clock.advance(2_000_000);
    await world.settle(world.manager.rpc<string>('chat.send', { sessionKey, message: 'hello' }));
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(600_000);
    expect(updates.at(-1)).toMatchObject({ ...run, state: 'unconfirmed' });
  });

  test('a stop ends all waiting for runs', async () => {
    const world = await chatting();
    await world.settle(world.manager.rpc<string>('chat.send', { sessionKey, message: 'hello' }));
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(3_000);
    const updates = world.collect('chat:message');
    await world.settle(world.manager.stop());
    expect(world.host.timers).toBe(0);
    await world.clock.advance(600_000);
    expect(updates).toEqual([]);
  });

  test('a manager that handed its gateway over emits no chat events any more', async () => {
    const world = await chatting();
    await world.settle(world.manager.rpc<string>('chat.send', { sessionKey, message: 'hello' }));
    // Its history tells nothing: the run is waited for.
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(3_000);
    expect(world.manager.isConnected()).toBe(true);
    const updates = world.collect('chat:message');
    world.manager.handOver();
    world.gateway.announce('chat', { ...run, state: 'delta', ...says('Hel') });
    await world.clock.advance(600_000);
    expect([updates, world.host.timers, world.manager.isConnected()]).toEqual([[], 0, false]);
    expect(world.machine.mains).toHaveLength(1);
  });
});

describe('other events of the connection', () => {
  test('frames that nothing handles, gaps, resyncs and errors are forwarded', async () => {
    const world = await ManagerWorld.running({ gateway: { dialect: 'openclaw', token: 'T' }, auth: { token: 'T' } });
    const messages = world.collect('message');
    const gaps = world.collect('gap');
    const resyncs = world.collect('resync');
    for (const peer of world.gateway.peers) peer.send('{"type":"who knows"}');
    world.gateway.announce('tick', {});
    world.gateway.skip(3);
    world.gateway.announce('tick', {});
    await world.clock.advance(10);
    expect(messages).toEqual([{ type: 'who knows' }]);
    expect(gaps).toEqual([{ expected: 2, received: 5 }]);
    expect(resyncs).toEqual([{ kind: 'gap', gap: { expected: 2, received: 5 } }]);
    for (const peer of world.gateway.peers) peer.reset();
    await world.clock.advance(5_000);
    expect(resyncs.slice(1)).toEqual([{ kind: 'reconnect' }]);
  });

  test('lines of the gateway are emitted with their source', async () => {
    const world = await ManagerWorld.running();
    const lines = world.collect('log');
    world.machine.print(world.machine.mains[0]?.pid ?? 0, 'stderr', 'Error: no luck\n');
    await world.clock.advance(10);
    expect(lines).toEqual([
      { at: expect.any(Number), source: 'gateway', stream: 'stderr', level: 'error', text: 'Error: no luck' },
    ]);
  });

  test('a line that a booting gateway prints brings the next attempt to connect forward', async () => {
    const attempts: number[] = [];
    for (const prints of [true, false]) {
      const world = new ManagerWorld({ behave: () => ({ ...healthy, listen: { port: PORT, afterMs: 3_000 } }) });
      void world.manager.start();
      await world.clock.advance(2_000);
      const before = world.dialled.length;
      for (let line = 0; line < 5 && prints; line += 1) {
        world.machine.print(world.machine.mains[0]?.pid ?? 0, 'stdout', 'loading\n');
        await world.clock.advance(5);
      }
      await world.clock.advance(25 - (prints ? 25 : 0));
      attempts.push(world.dialled.length - before);
    }
    expect(attempts[0]).toBeGreaterThan(attempts[1] ?? 0);
  });
});
