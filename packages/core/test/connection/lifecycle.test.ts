import { describe, expect, test } from 'vitest';
import { GatewayConnection } from '../../src/connection/connection.ts';
import { watch } from '../rpc/conversation.ts';
import { ADDRESS, Stage } from './stage.ts';

describe('connect', () => {
  test.each([
    ['jsonrpc', 'jsonrpc'],
    ['openclaw', 'openclaw'],
    ['jsonrpc', 'auto'],
    ['openclaw', 'auto'],
  ] as const)('connect works with a gateway of dialect %s when the option is %s', async (spoken, dialect) => {
    const stage = new Stage({ dialect, auth: { token: 'T' } }, { dialect: spoken, token: 'T', version: '9.9' });
    stage.connection.connect();
    const ready = stage.connection.whenReady();
    await stage.until('ready', 1_000);
    expect(await ready).toMatchObject({ dialect: spoken, version: '9.9' });
    expect(stage.connection.session).toBe(await ready);
    expect(stage.story).toEqual(['connecting', 'handshaking', 'ready', '(ready)']);
    const reply = watch(stage.connection.request<string>('echo', { hello: 'you' }));
    await stage.clock.advance(10);
    expect(reply.value).toEqual({ hello: 'you' });
  });

  test('no socket is opened before connect is called, and a request rejects with that reason', async () => {
    const stage = new Stage();
    await stage.clock.advance(60_000);
    expect(stage.network.dialled).toBe(0);
    const reply = stage.connection.request('cron.list', undefined, { whenDisconnected: 'wait' });
    await expect(reply).rejects.toMatchObject({ code: 'connection.closed', outcome: 'not-sent' });
  });

  test('a request during the handshake waits if its policy allows it', async () => {
    const stage = new Stage();
    stage.connection.connect();
    const waits = watch(stage.connection.request<string>('echo', { n: 1 }, { whenDisconnected: 'wait' }));
    const refused = watch(stage.connection.request<string>('echo', { n: 2 }));
    await stage.until('ready');
    await stage.clock.advance(10);
    expect(waits.value).toEqual({ n: 1 });
    expect(refused.error).toMatchObject({ code: 'connection.closed', outcome: 'not-sent' });
  });

  test('connect called several times opens one connection', async () => {
    const stage = new Stage();
    for (let i = 0; i < 5; i += 1) stage.connection.connect();
    await stage.until('ready');
    for (let i = 0; i < 5; i += 1) stage.connection.connect();
    await stage.clock.advance(100);
    expect(stage.network.dialled).toBe(1);
  });

  test.each(['not an address', 'http://127.0.0.1:1/', 'ftp://x'])(
    'connect to "%s" pauses with the fault of the address',
    async (url) => {
      const stage = new Stage({ url });
      stage.connection.connect();
      await stage.until('paused', 100);
      expect(stage.connection.snapshot().problem).toMatchObject({
        code: 'config.invalid',
        detail: expect.stringContaining('url: '),
      });
      await expect(stage.connection.whenReady()).rejects.toMatchObject({ code: 'config.invalid' });
      expect(stage.network.dialled).toBe(0);
    },
  );

  test.each([
    ['reconnect', { reconnect: { baseDelayMs: -1 } }, 'reconnect.baseDelayMs'],
    ['heartbeat', { heartbeat: { intervalMs: Number.NaN } }, 'heartbeat.intervalMs'],
    ['request', { request: { maxInFlight: Number.POSITIVE_INFINITY } }, 'request.maxInFlight'],
    ['nothing in flight', { request: { maxInFlight: 0 } }, 'request.maxInFlight'],
    ['half a request', { request: { maxInFlight: 1.5 } }, 'request.maxInFlight'],
    ['a table beyond any memory', { request: { maxInFlight: 2 ** 33 } }, 'request.maxInFlight'],
    ['no time for any request', { request: { timeoutMs: 0 } }, 'request.timeoutMs'],
    ['a ping without a pause', { heartbeat: { intervalMs: 0 } }, 'heartbeat.intervalMs'],
    ['deadline', { handshakeTimeoutMs: -5 }, 'handshakeTimeoutMs'],
    ['no time to open', { handshakeTimeoutMs: 0 }, 'handshakeTimeoutMs'],
    ['no message is small enough', { maxPayload: 0 }, 'maxPayload'],
  ])('options that cannot be (%s) are refused by name', (_, options, name) => {
    const { network: socketFactory } = new Stage();
    const make = () => new GatewayConnection({ url: ADDRESS, socketFactory, ...options });
    expect(make).toThrow(expect.objectContaining({ code: 'config.invalid', message: expect.stringContaining(name) }));
  });
});

test('a method that the gateway does not list is still requested', async () => {
  const stage = await Stage.ready({}, { dialect: 'openclaw', methods: ['chat.history'] });
  expect(stage.connection.session?.methods).not.toContain('sessions.usage');
  const answer = stage.connection.request('sessions.usage', { days: 7 });
  await stage.clock.advance(10);
  expect(await answer).toEqual({ days: 7 });
});

describe('the address and the token', () => {
  test('address and token are requested at every attempt', async () => {
    const ports = [1, 2, 3];
    const tokens = ['old', 'older', 'T'];
    const dialled: string[] = [];
    const stage = new Stage(
      {
        url: () => `ws://127.0.0.1:${String(ports.shift())}/ws`,
        auth: { token: async () => tokens.shift() },
        reconnect: { baseDelayMs: 100 },
      },
      { token: 'T' },
    );
    stage.network.reachability = 'refused';
    stage.connection.on('ended', () => dialled.push(stage.connection.snapshot().address));
    stage.connection.connect();
    await stage.clock.advanceUntil(() => dialled.length === 2, 10_000);
    stage.network.reachability = 'open';
    await stage.until('ready');
    expect(dialled).toEqual(['ws://127.0.0.1:1/ws', 'ws://127.0.0.1:2/ws']);
    expect(stage.connection.snapshot().address).toBe('ws://127.0.0.1:3/ws');
  });

  test('an address source that fails fails the attempt, and the next one follows', async () => {
    let calls = 0;
    const stage = new Stage({
      url: () => {
        calls += 1;
        if (calls === 1) throw new TypeError('no port yet');
        return ADDRESS;
      },
    });
    stage.connection.connect();
    await stage.until('waiting');
    expect(stage.connection.snapshot().problem).toMatchObject({
      code: 'connection.refused',
      detail: 'the gateway: no port yet.',
    });
    await stage.until('ready');
  });

  test('an address source that never answers ends with the deadline, and its late answer opens no socket', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const sources = [promise, Promise.resolve(ADDRESS)];
    const stage = new Stage({ url: () => sources.shift() ?? ADDRESS });
    stage.connection.connect();
    await stage.clock.advance(5_000);
    expect(stage.connection.state).toMatchObject({ name: 'waiting', last: { code: 'connection.timeout' } });
    resolve(ADDRESS);
    await stage.clock.advance(1);
    expect(stage.network.dialled).toBe(0);
    await stage.until('ready');
    expect(stage.network.dialled).toBe(1);
  });

  test.each(['jsonrpc', 'openclaw'] as const)(
    'a wrong token pauses (%s); a user goes on from there with the right one',
    async (dialect) => {
      let token = 'wrong';
      const stage = new Stage({ auth: { token: () => token, tokenSource: 'the keyring' } }, { dialect, token: 'T' });
      stage.connection.connect();
      await stage.until('paused', 1_000);
      expect(stage.connection.snapshot().problem).toMatchObject({
        code: 'auth.token-mismatch',
        detail: expect.stringContaining('the keyring'),
      });
      await stage.clock.advance(600_000);
      expect(stage.network.dialled).toBe(1);
      token = 'T';
      stage.connection.wake();
      await stage.clock.advance(1_000);
      expect(stage.connection.state.name).toBe('paused');
      stage.connection.reconnectNow();
      await stage.until('ready', 1_000);
    },
  );
});

describe('disconnect', () => {
  test('disconnect closes the socket, rejects pending requests, and leaves nothing behind', async () => {
    const stage = await Stage.ready();
    stage.gateway.script = () => ({ kind: 'silence' });
    const reply = watch(stage.connection.request('cron.list'));
    await stage.clock.advance(5);
    const gone = watch(stage.connection.disconnect());
    await stage.clock.advance(10);
    expect(gone.state).toBe('resolved');
    expect(reply.error).toMatchObject({ code: 'connection.closed', outcome: 'unknown' });
    expect(stage.network.liveSockets).toBe(0);
    expect(stage.clock.pendingTimers).toBe(0);
    expect(stage.story).toEqual(['closed']);
  });

  test('disconnect does not wait for a gateway that never answers the close frame', async () => {
    const stage = await Stage.ready();
    stage.gateway.peers[0]?.ignoreClose();
    const gone = watch(stage.connection.disconnect());
    await stage.clock.advance(249);
    expect(gone.state).toBe('pending');
    await stage.clock.advance(2);
    expect(gone.state).toBe('resolved');
    expect(stage.network.liveSockets).toBe(0);
  });

  test.each(['connecting', 'handshaking', 'waiting'] as const)('disconnect works while %s', async (name) => {
    const stage = new Stage();
    if (name === 'waiting') stage.network.reachability = 'refused';
    stage.connection.connect();
    await stage.until(name);
    const gone = watch(stage.connection.disconnect());
    await stage.clock.advance(300);
    expect([gone.state, stage.connection.state.name, stage.network.liveSockets, stage.clock.pendingTimers]).toEqual([
      'resolved',
      'closed',
      0,
      0,
    ]);
    await stage.clock.advance(600_000);
    expect(stage.network.dialled).toBeLessThanOrEqual(1);
  });

  test('disconnect during an address lookup opens no socket later', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const stage = new Stage({ url: () => promise });
    stage.connection.connect();
    await stage.connection.disconnect();
    resolve(ADDRESS);
    await stage.clock.advance(1_000);
    expect(stage.network.dialled).toBe(0);
  });

  test('disconnect followed at once by connect opens one new connection, never two', async () => {
    const stage = await Stage.ready();
    stage.gateway.peers[0]?.ignoreClose();
    void stage.connection.disconnect();
    stage.connection.connect();
    await stage.clock.advance(0);
    expect(stage.network.liveSockets).toBe(1);
    await stage.until('ready');
    expect(stage.network.liveSockets).toBe(1);
  });

  test('await using disconnects at the end of its block', async () => {
    const stage = new Stage();
    const { network, clock } = stage;
    {
      await using connection = new GatewayConnection({
        url: ADDRESS,
        dialect: 'jsonrpc',
        socketFactory: network,
        clock,
      });
      connection.connect();
      await clock.advanceUntil(() => connection.state.name === 'ready', 1_000);
      clock.happen(0, () => undefined);
      // The close handshake needs simulated time, which only the test advances.
      queueMicrotask(() => void clock.advance(300));
    }
    expect(network.liveSockets).toBe(0);
  });
});

describe('suspend', () => {
  test('suspend ends the socket at once, keeps resendable requests, and retries nothing until connect', async () => {
    const stage = await Stage.ready();
    stage.gateway.script = () => ({ kind: 'silence' });
    const plain = watch(stage.connection.request('cron.run', { jobId: 'j' }));
    const idempotent = watch(stage.connection.request('cron.list'));
    const waiting = watch(stage.connection.request('cron.run', { jobId: 'k' }, { whenDisconnected: 'wait' }));
    await stage.clock.advance(5);
    stage.connection.suspend('the process ended');
    const late = watch(stage.connection.request('cron.run', { jobId: 'l' }, { whenDisconnected: 'wait' }));
    await stage.clock.advance(10_000);
    expect(stage.network.liveSockets).toBe(0);
    expect(stage.network.dialled).toBe(1);
    expect(plain.error).toMatchObject({
      code: 'connection.closed',
      outcome: 'unknown',
      problem: { detail: 'the process ended' },
    });
    expect(waiting.error).toMatchObject({ outcome: 'unknown' });
    expect([idempotent.state, late.state]).toEqual(['pending', 'pending']);
    stage.gateway.script = ({ params }) => ({ kind: 'result', result: params ?? 'listed' });
    stage.connection.connect('booting');
    await stage.until('ready');
    await stage.clock.advance(10);
    expect([idempotent.value, late.value]).toEqual(['listed', { jobId: 'l' }]);
  });

  test('disconnect after suspend rejects the requests that were kept', async () => {
    const stage = await Stage.ready();
    stage.connection.suspend('the process ended');
    const stored = watch(stage.connection.request('cron.list', undefined, { whenDisconnected: 'wait' }));
    void stage.connection.disconnect();
    await stage.clock.advance(0);
    expect(stored.error).toMatchObject({ code: 'connection.closed', outcome: 'not-sent' });
  });
});

describe('whenReady', () => {
  test('whenReady rejects when the connection is closed or the signal aborts', async () => {
    const stage = new Stage();
    await expect(stage.connection.whenReady()).rejects.toMatchObject({ code: 'connection.closed' });
    stage.network.reachability = 'unanswered';
    stage.connection.connect();
    const controller = new AbortController();
    const waiting = watch(stage.connection.whenReady({ signal: controller.signal }));
    controller.abort();
    await stage.clock.advance(0);
    expect(waiting.error).toMatchObject({ code: 'aborted' });
  });

  test('whenReady rejects when the retry budget is spent', async () => {
    const stage = new Stage({ reconnect: { maxAttempts: 2, baseDelayMs: 10 } });
    stage.network.reachability = 'refused';
    stage.connection.connect();
    const waiting = watch(stage.connection.whenReady());
    await stage.until('exhausted');
    await stage.clock.advance(0);
    expect(waiting.error).toMatchObject({ code: 'connection.exhausted' });
  });
});
