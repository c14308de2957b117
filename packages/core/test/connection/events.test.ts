import { describe, expect, test } from 'vitest';
import type { TraceEvent } from '../../src/connection/events.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { Script } from '../../src/testing/scripted-gateway.ts';
import { Stage } from './stage.ts';

describe('what the gateway says', () => {
  test('notifications before the handshake ends are delivered after `ready`, in order and complete', async () => {
    const stage = new Stage();
    const heard: string[] = [];
    stage.connection.on('ready', () => heard.push('ready'));
    stage.connection.on('notification', ({ method, params }) => heard.push(`${method} ${JSON.stringify(params)}`));
    stage.network.listen((peer) => {
      peer.send('{"jsonrpc":"2.0","method":"first","params":[1]}');
      peer.onText(() => {
        peer.send('{"jsonrpc":"2.0","method":"second","params":[2]}');
        peer.send('{"jsonrpc":"2.0","id":"health","result":{}}');
        peer.send('{"jsonrpc":"2.0","method":"third","params":[3]}');
      });
    });
    stage.connection.connect();
    await stage.until('ready');
    await stage.clock.advance(10);
    expect(heard).toEqual(['ready', 'first [1]', 'second [2]', 'third [3]']);
  });

  test('a flood of frames before the handshake ends fails the attempt, so memory stays bounded', async () => {
    const stage = new Stage();
    stage.network.listen((peer) => {
      for (let i = 0; i < 300; i += 1) peer.send('{"jsonrpc":"2.0","method":"flood"}');
    });
    stage.connection.connect();
    await stage.until('waiting');
    expect(stage.connection.snapshot().problem?.detail).toContain('sends without end');
  });

  test('a binary frame and an unknown frame are emitted as `message`', async () => {
    const stage = await Stage.ready();
    const unclaimed: unknown[] = [];
    stage.connection.on('message', (frame) => unclaimed.push(frame));
    stage.gateway.peers[0]?.sendBinary(1_000);
    stage.gateway.peers[0]?.send('{"hello":"world"}');
    await stage.clock.advance(10);
    expect(unclaimed).toEqual([{ binary: 1_000 }, { hello: 'world' }]);
    expect(stage.connection.state.name).toBe('ready');
  });

  test('a message above maxPayload ends the connection with its reason', async () => {
    const stage = await Stage.ready({ maxPayload: 1_000 });
    stage.gateway.peers[0]?.send('x'.repeat(1_001));
    await stage.until('waiting');
    expect(stage.connection.snapshot().problem).toMatchObject({
      code: 'connection.lost',
      detail: expect.stringContaining('1009'),
    });
  });

  test('a request of the gateway is answered by its handler', async () => {
    const stage = await Stage.ready();
    const answers: string[] = [];
    stage.gateway.peers[0]?.onText((text) => answers.push(text));
    const off = stage.connection.onRequest('add', (params) => (Array.isArray(params) ? params.length : 0));
    stage.gateway.peers[0]?.send('{"jsonrpc":"2.0","id":"q1","method":"add","params":[1,2]}');
    await stage.clock.advance(10);
    off();
    stage.gateway.peers[0]?.send('{"jsonrpc":"2.0","id":"q2","method":"add","params":[1,2]}');
    await stage.clock.advance(10);
    expect(answers.map((text): unknown => JSON.parse(text))).toEqual([
      { jsonrpc: '2.0', id: 'q1', result: 2 },
      { jsonrpc: '2.0', id: 'q2', error: { code: -32601, message: 'Method not found' } },
    ]);
  });
});

describe('listeners', () => {
  test('listeners that throw are logged and disturb neither each other nor the connection', async () => {
    const lines: string[] = [];
    const logger: Logger = { log: (_, text, facts) => lines.push(`${text}: ${String(facts?.['error'])}`) };
    const stage = new Stage({ logger });
    const heard: string[] = [];
    stage.connection.on('ready', () => {
      throw new Error('broken listener');
    });
    stage.connection.on('ready', () => heard.push('ready'));
    stage.connection.connect();
    await stage.until('ready');
    expect(heard).toEqual(['ready']);
    expect(lines).toEqual(['A listener of "ready" failed: Error: broken listener']);
  });

  test('a call from inside a listener takes effect after the event it was called in', async () => {
    const stage = await Stage.ready();
    const states: string[] = [];
    stage.connection.on('transition', ({ from, to }) => {
      states.push(`${from.name} -> ${to.name}`);
      if (to.name === 'waiting') stage.connection.reconnectNow();
      if (to.name === 'connecting') stage.connection.suspend('enough');
    });
    stage.network.resetAll();
    await stage.clock.advance(1_000);
    expect(states).toEqual(['ready -> waiting', 'waiting -> connecting', 'connecting -> closed']);
    expect(stage.network.liveSockets).toBe(0);
  });

  test('event iterators end with the loop or the signal', async () => {
    const stage = await Stage.ready();
    const controller = new AbortController();
    const stream = stage.connection.events('notification', { signal: controller.signal });
    stage.gateway.announce('tick', { n: 1 });
    stage.gateway.announce('tick', { n: 2 });
    await stage.clock.advance(10);
    const heard: unknown[] = [];
    for await (const { params } of stream) {
      heard.push(params);
      if (heard.length === 2) controller.abort();
    }
    expect(heard).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test('once listens to one event, and off removes a listener', async () => {
    const stage = await Stage.ready();
    const heard: string[] = [];
    const never = () => heard.push('never');
    stage.connection.once('notification', () => heard.push('once'));
    stage.connection.on('notification', never);
    stage.connection.off('notification', never);
    stage.gateway.announce('tick', {});
    stage.gateway.announce('tick', {});
    await stage.clock.advance(10);
    expect(heard).toEqual(['once']);
  });
});

describe('a hello that grants less than was asked', () => {
  test('a hello that grants fewer scopes than requested is ready with a problem', async () => {
    const stage = new Stage({ dialect: 'openclaw' });
    const errors: string[] = [];
    stage.connection.on('error', ({ code }) => errors.push(code));
    stage.network.listen((peer) => {
      peer.send('{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":1}}');
      peer.onText(() => {
        const payload = {
          type: 'hello-ok',
          protocol: 4,
          server: { version: 'x', connId: 'c' },
          features: { methods: ['health'], events: [] },
          auth: { scopes: [] },
          policy: { maxPayload: 1e6, maxBufferedBytes: 1e6, tickIntervalMs: 30_000 },
        };
        peer.send(JSON.stringify({ type: 'res', id: 'connect', ok: true, payload }));
      });
    });
    stage.connection.connect();
    await stage.until('ready');
    expect(errors).toEqual(['auth.scope-missing']);
    expect(stage.connection.snapshot().problem).toMatchObject({
      code: 'auth.scope-missing',
      detail: expect.stringContaining('operator.read'),
    });
  });
});

describe('secrets', () => {
  const SECRET = 'sesame-7f3a';
  const silent: Script = () => ({ kind: 'silence' });

  test.each(['jsonrpc', 'openclaw'] as const)(
    'come out nowhere, even where the gateway repeats them (%s)',
    async (dialect) => {
      const seen: unknown[] = [];
      const trace: TraceEvent[] = [];
      const logger: Logger = { log: (...line) => seen.push(line) };
      const stage = new Stage({
        url: `ws://user:${SECRET}@127.0.0.1:1/ws?token=${SECRET}#${SECRET}`,
        auth: { token: SECRET, password: SECRET },
        dialect,
        logger,
        trace: (event) => trace.push(event),
      });
      for (const event of ['transition', 'ended', 'ready', 'error', 'message', 'notification'] as const) {
        stage.connection.on(event, (payload) => seen.push(payload));
      }
      stage.network.listen((peer) => {
        if (dialect === 'openclaw')
          peer.send('{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":1}}');
        peer.onText(() => {
          const message = `unauthorized: wrong token ${SECRET}`;
          peer.send(
            dialect === 'openclaw'
              ? JSON.stringify({
                  type: 'res',
                  id: 'connect',
                  ok: false,
                  error: { code: 'INVALID_REQUEST', message, details: { code: 'AUTH_TOKEN_MISMATCH' } },
                })
              : JSON.stringify({ jsonrpc: '2.0', id: 'login', error: { code: -32002, message } }),
          );
        });
      });
      stage.connection.connect();
      await stage.until('paused');
      stage.network.listen((peer) => peer.close(1008, `unauthorized: bad token ${SECRET}`));
      stage.connection.reconnectNow();
      await stage.clock.advance(1_000);
      seen.push(stage.connection.snapshot(), stage.connection.state, trace);
      await stage.connection.whenReady().catch((error: unknown) => seen.push(error, String(error)));
      expect(stage.connection.state.name).toBe('paused');
      const everything = JSON.stringify(seen);
      expect(everything).toContain('[redacted]');
      expect(everything).not.toContain(SECRET);
    },
  );

  test.each(['jsonrpc', 'openclaw'] as const)(
    'secrets are masked in request errors and shutdown notices (%s)',
    async (dialect) => {
      const auth = { token: SECRET };
      const stage = await Stage.ready({ auth, dialect }, { dialect, token: SECRET, script: silent });
      const ends: unknown[] = [];
      stage.connection.on('ended', (end) => ends.push(end));
      const nested = { [`for ${SECRET}`]: [{ why: `${SECRET} is no ${SECRET}` }, 7, null] };
      const code = dialect === 'openclaw' ? `BAD_${SECRET}` : -32000;
      const error = { code, message: `not with ${SECRET}`, details: nested, data: nested };
      const failed = stage.connection.request<string>('echo').catch((thrown: unknown) => thrown);
      await stage.clock.advance(1);
      const { id } = stage.gateway.received[0] ?? {};
      expect(id).toBeDefined();
      stage.gateway.peers[0]?.send(JSON.stringify({ jsonrpc: '2.0', type: 'res', ok: false, id, error }));
      await stage.clock.advance(10);
      const thrown = await failed;
      expect(thrown).toMatchObject({
        code: 'rpc.error',
        rpc: {
          code: dialect === 'openclaw' ? 'BAD_[redacted]' : -32000,
          message: 'not with [redacted]',
          data: { 'for [redacted]': [{ why: '[redacted] is no [redacted]' }, 7, null] },
        },
      });
      expect(`${String(thrown)} ${JSON.stringify(thrown)}`).not.toContain(SECRET);
      stage.gateway.announce(dialect === 'openclaw' ? 'shutdown' : 'gateway.status_changed', {
        state: 'restarting',
        reason: `its token was ${SECRET}`,
        restartExpectedMs: 10,
      });
      await stage.clock.advance(10);
      stage.gateway.peers[0]?.close(1012, SECRET);
      await stage.until('waiting');
      expect(ends).toMatchObject([{ notice: { reason: 'its token was [redacted]' } }]);
      expect(JSON.stringify([ends, stage.connection.snapshot()])).not.toContain(SECRET);
    },
  );

  test('a token that the gateway issued is masked in its errors', async () => {
    const device = {
      key: async () => ({ id: 'a', publicKey: 'b', sign: async () => 'c' }),
      tokenFor: async () => undefined,
      storeToken: async () => undefined,
      forgetToken: async () => undefined,
    };
    const stage = new Stage(
      { auth: { device, useDevice: 'always' } },
      { dialect: 'openclaw', deviceToken: SECRET, script: silent },
    );
    stage.connection.connect();
    await stage.until('ready');
    const failed = stage.connection.request<string>('echo');
    await stage.clock.advance(1);
    const { id } = stage.gateway.received[0] ?? {};
    const error = { code: 'UNAVAILABLE', message: SECRET };
    stage.gateway.peers[0]?.send(JSON.stringify({ type: 'res', ok: false, id, error }));
    const reported = expect(failed).rejects.toMatchObject({ rpc: { message: '[redacted]' } });
    await stage.clock.advance(10);
    await reported;
  });
});

describe('trace', () => {
  test('trace reports transitions, dials and requests, and may throw', async () => {
    const trace: TraceEvent[] = [];
    const stage = await Stage.ready({
      trace: (event) => {
        trace.push(event);
        throw new Error('observer');
      },
    });
    const reply = stage.connection.request<string>('echo', { n: 1 });
    await expect(stage.connection.request<string>('echo', 7)).rejects.toMatchObject({ code: 'request.invalid' });
    await stage.clock.advance(10);
    expect(await reply).toEqual({ n: 1 });
    expect(trace.map((event) => (event.type === 'transition' ? event.to : event.type))).toEqual([
      'dial',
      'connecting',
      'handshaking',
      'ready',
      'request',
    ]);
    expect(trace.at(-1)).toMatchObject({ type: 'request', method: 'echo', outcome: 'result' });
  });
});

describe('snapshot', () => {
  test('snapshot returns state, latency, pending calls and counters, frozen', async () => {
    const stage = await Stage.ready({ request: { maxInFlight: 1 } });
    const first = stage.connection.request<string>('echo', {});
    await stage.clock.advance(10);
    await first;
    stage.gateway.script = () => ({ kind: 'silence' });
    for (const method of ['slow', 'slower']) stage.connection.request<string>(method).catch(() => undefined);
    await stage.clock.advance(100);
    const snapshot = stage.connection.snapshot();
    expect(snapshot).toMatchObject({
      state: 'ready',
      generation: 1,
      attempt: 0,
      address: 'ws://127.0.0.1:18789/ws',
      session: { dialect: 'jsonrpc' },
      isResponsive: true,
      pending: [
        { method: 'slow', ageMs: 100, state: 'written' },
        { method: 'slower', ageMs: 100, state: 'queued' },
      ],
      counters: { attempts: 1, sessions: 1, requests: 3, results: 1 },
    });
    expect(snapshot.latencyMs?.last).toBeGreaterThan(0);
    expect(snapshot.latencyMs?.p95).toBeGreaterThanOrEqual(snapshot.latencyMs?.p50 ?? Number.NaN);
    expect(snapshot.since).toBeGreaterThan(1_600_000_000_000);
    expect(Object.isFrozen(snapshot)).toBe(true);
  });
});
