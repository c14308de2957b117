import { describe, expect, test } from 'vitest';
import type { DisconnectInfo } from '../../src/connection/state.ts';
import { watch } from '../rpc/conversation.ts';
import { Stage } from './stage.ts';

describe('a lost connection', () => {
  test('a lost connection comes back by itself, and reports what happened in order', async () => {
    const stage = await Stage.ready();
    const ends: DisconnectInfo[] = [];
    stage.connection.on('ended', (end) => ends.push(end));
    await stage.clock.advance(10_000);
    stage.network.resetAll();
    await stage.until('waiting');
    const { nextRetryAt = 0 } = stage.connection.snapshot();
    expect(nextRetryAt - stage.clock.wallTime()).toBeGreaterThanOrEqual(499);
    expect(nextRetryAt - stage.clock.wallTime()).toBeLessThanOrEqual(1_000);
    await stage.until('ready');
    expect(stage.story).toEqual(['waiting', '(ended)', 'connecting', 'handshaking', 'ready', '(ready)', '(resync)']);
    expect(ends).toEqual([
      {
        close: { code: 1006, reason: '' },
        failure: { verdict: { kind: 'retry' }, problem: expect.objectContaining({ code: 'connection.lost' }) },
        readyForMs: expect.closeTo(10_000, -2),
      },
    ]);
  });

  test('an idempotent request across a lost connection is sent twice and answered once', async () => {
    const stage = await Stage.ready();
    stage.gateway.script = () => ({ kind: 'silence' });
    const reply = watch(stage.connection.request('chat.send', { message: 'hi' }, { idempotencyKey: 'k1' }));
    await stage.clock.advance(10);
    stage.gateway.script = ({ params }) => ({ kind: 'result', result: params });
    stage.network.resetAll();
    await stage.until('waiting');
    await stage.until('ready');
    await stage.clock.advance(10);
    expect(reply.value).toEqual({ message: 'hi', idempotencyKey: 'k1' });
    expect(stage.gateway.received.map(({ connection, params }) => [connection, params])).toEqual([
      [1, { message: 'hi', idempotencyKey: 'k1' }],
      [2, { message: 'hi', idempotencyKey: 'k1' }],
    ]);
  });

  test('retrySoon from a listener of `ended` tries at once', async () => {
    const stage = await Stage.ready();
    stage.connection.on('ended', () => stage.connection.retrySoon());
    await stage.clock.advance(10_000);
    stage.network.resetAll();
    await stage.until('ready', 50);
  });

  test('reconnectNow skips the backoff', async () => {
    const stage = await Stage.ready();
    stage.network.reachability = 'refused';
    stage.network.resetAll();
    await stage.clock.advance(20_000);
    stage.network.reachability = 'open';
    stage.connection.reconnectNow();
    await stage.until('ready', 50);
  });

  test('a wake-up skips the backoff', async () => {
    const stage = await Stage.ready({ reconnect: { maxAttempts: 2 } });
    stage.network.reachability = 'refused';
    stage.network.resetAll();
    await stage.until('exhausted');
    stage.network.reachability = 'open';
    stage.connection.wake('network');
    await stage.until('ready', 50);
  });

  test('a spent budget rejects waiting requests, and a slow probe brings the connection back', async () => {
    const stage = await Stage.ready({ reconnect: { maxAttempts: 3, baseDelayMs: 100 } });
    stage.network.reachability = 'refused';
    stage.network.resetAll();
    await stage.until('waiting');
    const waiting = watch(stage.connection.request('cron.list', undefined, { whenDisconnected: 'wait' }));
    await stage.until('exhausted');
    await stage.clock.advance(0);
    expect(waiting.error).toMatchObject({ code: 'connection.exhausted', outcome: 'not-sent' });
    expect(stage.connection.snapshot().problem?.detail).toContain('3 attempts failed');
    const refused = stage.connection.request('cron.list', undefined, { whenDisconnected: 'wait' });
    await expect(refused).rejects.toMatchObject({ code: 'connection.exhausted' });
    stage.network.reachability = 'open';
    const began = stage.clock.now();
    await stage.until('ready');
    expect(stage.clock.now() - began).toBeGreaterThan(53_000);
    expect(stage.clock.now() - began).toBeLessThan(61_000);
  });
});

describe('what a gateway says about its end', () => {
  test.each(['jsonrpc', 'openclaw'] as const)(
    'a restart it announced is waited for, and not counted (%s)',
    async (dialect) => {
      const stage = await Stage.ready({}, { dialect });
      const ends: DisconnectInfo[] = [];
      stage.connection.on('ended', (end) => ends.push(end));
      const notice = { reason: 'gateway restarting', restartExpectedMs: 1_500 };
      stage.gateway.announce(dialect === 'openclaw' ? 'shutdown' : 'gateway.status_changed', {
        state: 'restarting',
        ...notice,
      });
      await stage.clock.advance(10);
      stage.gateway.peers[0]?.close(1012, 'service restart');
      await stage.until('waiting');
      expect(stage.connection.state).toMatchObject({ attempt: 0, reason: 'peer-delay' });
      expect(ends).toMatchObject([{ notice, close: { code: 1012, reason: 'service restart' } }]);
      const began = stage.clock.now();
      await stage.until('ready');
      expect(stage.clock.now() - began).toBeGreaterThanOrEqual(1_500);
    },
  );

  test('a wrong token that is answered after 5 s is reported as a wrong token, not as a timeout', async () => {
    const stage = new Stage({ auth: { token: 'wrong' }, dialect: 'openclaw' });
    stage.network.listen((peer) => {
      peer.send('{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":1}}');
      peer.onText(() => {
        const message = 'unauthorized: gateway token mismatch (provide gateway auth token)';
        const error = { code: 'INVALID_REQUEST', message, details: { code: 'AUTH_TOKEN_MISMATCH' } };
        stage.clock.schedule(5_000, () => {
          peer.send(JSON.stringify({ type: 'res', id: 'connect', ok: false, error }));
          peer.close(1008, message);
        });
      });
    });
    stage.connection.connect();
    await stage.until('paused', 10_000);
    expect(stage.connection.snapshot().problem).toMatchObject({ code: 'auth.token-mismatch' });
    expect(stage.network.dialled).toBe(1);
  });

  test('a gateway that is still starting costs no attempt, however long it takes', async () => {
    const stage = new Stage({ reconnect: { maxAttempts: 1 } }, { dialect: 'openclaw' });
    const verdicts = new Set<string>();
    stage.connection.on('ended', ({ failure }) => verdicts.add(JSON.stringify(failure.verdict)));
    stage.network.listen((peer) => {
      peer.onText(() => {
        const error = {
          code: 'UNAVAILABLE',
          message: 'gateway starting',
          retryable: true,
          retryAfterMs: 500,
          details: { reason: 'startup-sidecars' },
        };
        peer.send(JSON.stringify({ type: 'res', id: 'connect', ok: false, error }));
        peer.close(1013, 'gateway starting');
      });
      peer.send('{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":1}}');
    });
    stage.connection.connect('booting');
    await stage.clock.advance(60_000);
    expect(stage.connection.state.name).toMatch(/waiting|connecting|handshaking/);
    expect([...verdicts]).toEqual(['{"kind":"retry-after","ms":500,"progress":true}']);
    expect(stage.connection.snapshot().counters.attempts).toBeGreaterThan(90);
  });
});

describe('while booting', () => {
  test('the first try after the gateway listens comes within 2 % of its boot', async () => {
    const stage = new Stage();
    stage.network.reachability = 'refused';
    stage.connection.connect('booting');
    await stage.clock.advance(1_500);
    stage.network.reachability = 'open';
    await stage.until('ready', 1_500 * 0.02 + 10);
  });

  test('retrySoon while booting tries at once', async () => {
    const stage = new Stage();
    stage.network.reachability = 'refused';
    stage.connection.connect('booting');
    await stage.clock.advance(12_000);
    stage.network.reachability = 'open';
    await stage.clock.advance(20);
    stage.connection.retrySoon();
    await stage.until('ready', 12);
  });

  test('any number of retrySoon calls cause at most a hundred tries a second', async () => {
    const stage = new Stage();
    stage.network.reachability = 'refused';
    stage.connection.connect('booting');
    await stage.clock.advance(20_000);
    const before = stage.network.dialled;
    for (let i = 0; i < 1_000; i += 1) {
      stage.connection.retrySoon();
      await stage.clock.advance(1);
    }
    expect(stage.network.dialled - before).toBeLessThanOrEqual(101);
    expect(stage.network.dialled - before).toBeGreaterThan(50);
  });
});

describe('a dialect that was found out', () => {
  test('a learned dialect skips the listening at the next attempt', async () => {
    const stage = await Stage.ready({ dialect: 'auto' });
    await stage.clock.advance(10_000);
    stage.network.resetAll();
    await stage.until('handshaking');
    await stage.until('ready', 20);
  });

  test('a learned dialect is dropped when a gateway of another dialect answers', async () => {
    const stage = await Stage.ready({ dialect: 'auto' });
    stage.network.listen((peer) => {
      peer.send('{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":1}}');
      peer.onText((text) => {
        if (!text.includes('"connect"')) return peer.close(1008, 'invalid handshake');
        const payload = {
          type: 'hello-ok',
          protocol: 4,
          server: { version: 'x', connId: 'c' },
          features: { methods: [], events: [] },
          policy: { maxPayload: 1e6, maxBufferedBytes: 1e6, tickIntervalMs: 30_000 },
        };
        peer.send(JSON.stringify({ type: 'res', id: 'connect', ok: true, payload }));
      });
    });
    await stage.clock.advance(10_000);
    stage.network.resetAll();
    await stage.until('waiting');
    await stage.until('ready', 5_000);
    expect(stage.connection.session?.dialect).toBe('openclaw');
  });

  test('a learned dialect is dropped when nothing answers in it', async () => {
    const stage = await Stage.ready({ dialect: 'auto' }, { dialect: 'openclaw' });
    await stage.clock.advance(10_000);
    // The new listener is a JSON-RPC server, which sends nothing before a request.
    stage.network.listen((peer) =>
      peer.onText(() => peer.send('{"jsonrpc":"2.0","id":"health","result":{"version":"1"}}')),
    );
    stage.network.resetAll();
    await stage.until('waiting');
    await stage.until('ready', 20_000);
    expect(stage.connection.session?.dialect).toBe('jsonrpc');
  });

  test('a gateway of another dialect than the configured one pauses the connection', async () => {
    const stage = new Stage({ dialect: 'jsonrpc' }, { dialect: 'openclaw' });
    stage.connection.connect();
    await stage.until('paused', 1_000);
    expect(stage.connection.snapshot().problem).toMatchObject({
      code: 'protocol.mismatch',
      detail: 'DeskClaw supports jsonrpc, the gateway openclaw.',
    });
  });
});
