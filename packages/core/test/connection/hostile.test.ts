import { describe, expect, test } from 'vitest';
import type { GatewayError } from '../../src/errors/gateway-error.ts';
import { watch } from '../rpc/conversation.ts';
import { Stage } from './stage.ts';

describe('a gateway that leaves out events without end', () => {
  async function gap(stage: Stage): Promise<void> {
    stage.gateway.skip(1);
    stage.gateway.announce('chat', {});
    await stage.clock.advance(5);
  }

  test('each gap is emitted, and the resync hooks run one at a time', async () => {
    const stage = await Stage.ready({}, { dialect: 'openclaw' });
    stage.gateway.announce('chat', {});
    const causes: unknown[] = [];
    let running = 0;
    let most = 0;
    let release: () => void = () => undefined;
    stage.connection.onResync(async (cause) => {
      causes.push(cause);
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      running -= 1;
    });
    for (let i = 0; i < 1_000; i += 1) await gap(stage);
    expect(stage.connection.snapshot().counters.gaps).toBe(1_000);
    release();
    await stage.clock.advance(1);
    release();
    await stage.clock.advance(1);
    expect(most).toBe(1);
    // The second run makes good everything that was missed during the first.
    expect(causes).toEqual([
      { kind: 'gap', gap: { expected: 2, received: 3 } },
      { kind: 'gap', gap: { expected: 4, received: 2_001 } },
    ]);
    expect(stage.story.filter((word) => word === '(resync)')).toHaveLength(2);
  });

  test('a resync hook that never ends does not block the hooks of the next connection', async () => {
    const stage = await Stage.ready({}, { dialect: 'openclaw' });
    stage.gateway.announce('chat', {});
    const causes: string[] = [];
    const never = new Promise<void>(() => undefined);
    stage.connection.onResync(({ kind }) => {
      causes.push(kind);
      return causes.length === 1 ? never : undefined;
    });
    await gap(stage);
    await gap(stage);
    expect(causes).toEqual(['gap']);
    stage.network.resetAll();
    await stage.until('waiting');
    await stage.until('ready');
    await stage.clock.advance(5);
    stage.gateway.announce('chat', {});
    await gap(stage);
    expect(causes).toEqual(['gap', 'reconnect', 'gap']);
  });
});

test('a gateway that promises a tick in a million years is still probed where it cannot be pinged', async () => {
  const stage = new Stage({ pings: false }, { dialect: 'openclaw', tickIntervalMs: 3e19 });
  stage.connection.connect();
  await stage.until('ready');
  stage.gateway.peers[0]?.loseSilently();
  await stage.clock.advanceUntil(() => stage.story.includes('(ended)'), 900_000);
  expect(stage.story).toContain('(unresponsive)');
  expect(stage.story).toContain('(ended)');
});

describe('while nobody has let us in', () => {
  test('a request cancelled before the handshake ends is never sent', async () => {
    const stage = new Stage();
    stage.network.conditions = { minDelayMs: 50, maxDelayMs: 50, bytesPerMs: Number.POSITIVE_INFINITY };
    const controller = new AbortController();
    stage.connection.connect();
    const options = { whenDisconnected: 'wait', signal: controller.signal } as const;
    const sent = watch(stage.connection.request<string>('given-up', {}, options));
    await stage.until('handshaking');
    controller.abort(new Error('changed my mind'));
    await stage.until('ready');
    await stage.clock.advance(1_000);
    expect(sent.error).toMatchObject({ code: 'request.cancelled', outcome: 'not-sent' });
    expect(stage.gateway.received).toEqual([]);
  });

  test('requests that wait for the handshake are bounded by number and bytes, and go out in order', async () => {
    const stage = new Stage({ request: { whenDisconnected: 'wait', maxQueued: 100, maxQueuedBytes: 10_000 } });
    stage.network.reachability = 'refused';
    stage.connection.connect();
    const replies = Array.from({ length: 10_000 }, (_, n) => {
      const text = 'x'.repeat(n % 2 === 0 ? 10 : 5_000);
      return watch(stage.connection.request<string>('m', { n, text }));
    });
    await stage.clock.advance(0);
    const waiting = replies.filter(({ state }) => state === 'pending');
    expect(stage.connection.snapshot().pending).toHaveLength(waiting.length);
    expect(waiting.length).toBeLessThanOrEqual(100);
    expect(replies.filter(({ error }) => error?.code === 'request.overloaded')).toHaveLength(10_000 - waiting.length);
    stage.network.reachability = 'open';
    await stage.until('ready');
    await stage.clock.advance(10);
    expect(waiting.every(({ state }) => state === 'resolved')).toBe(true);
    const order = stage.gateway.received.map(({ params }) => JSON.stringify(params));
    expect(order).toEqual(waiting.map(({ value }) => JSON.stringify(value)));
  });
});

describe('a listener', () => {
  const listenerEvents = ['transition', 'ready', 'ended', 'notification', 'resync', 'unresponsive'] as const;

  test.each(listenerEvents)(
    'a listener of "%s" that disconnects gets no further event and leaves nothing behind',
    async (time) => {
      const stage = new Stage();
      stage.connection.subscribe('logs.subscribe');
      stage.connection.onResync(() => undefined);
      stage.connection.connect();
      await stage.until('ready');
      await stage.clock.advance(10);
      const heard: string[] = [];
      let gone: Promise<void> | undefined;
      stage.connection.on(time, () => {
        gone ??= stage.connection.disconnect();
      });
      for (const event of ['notification', 'ready', 'resync'] as const) {
        stage.connection.on(event, () => {
          if (gone !== undefined && event !== time) heard.push(event);
        });
      }
      const reply = watch(stage.connection.request<string>('never-answered'));
      stage.gateway.script = () => ({ kind: 'silence' });
      const note = '{"jsonrpc":"2.0","method":"note"}';
      stage.gateway.peers[0]?.send(`[${note},${note}]`);
      await stage.clock.advance(10);
      if (time === 'unresponsive') stage.gateway.peers[0]?.loseSilently();
      else stage.network.resetAll();
      await stage.clock.advanceUntil(() => gone !== undefined, 120_000);
      await stage.clock.advance(1_000);
      await gone;
      expect(stage.connection.state.name).toBe('closed');
      expect(reply).toMatchObject({ state: expect.stringMatching(/resolved|rejected/) });
      expect(heard).toEqual([]);
      expect(stage.clock.pendingTimers).toBe(0);
      expect(stage.network.liveSockets).toBe(0);
    },
  );

  test('a listener of "ready" can send a request, and another when that is answered', async () => {
    const stage = new Stage();
    const answers: unknown[] = [];
    stage.connection.on('ready', () => {
      void stage.connection
        .request<string>('first', { n: 1 })
        .then(() => stage.connection.request<string>('second', { n: 2 }))
        .then((answer) => answers.push(answer));
    });
    stage.connection.connect();
    await stage.until('ready');
    await stage.clock.advance(10);
    expect(answers).toEqual([{ n: 2 }]);
  });

  test('a listener of "transition" that disconnects and connects repeatedly leaves one socket', async () => {
    const stage = new Stage();
    let turns = 0;
    stage.connection.on('transition', ({ to }) => {
      if (to.name !== 'handshaking' || turns === 20) return;
      turns += 1;
      void stage.connection.disconnect();
      stage.connection.connect();
    });
    stage.connection.connect();
    await stage.until('ready');
    await stage.clock.advance(1_000);
    expect(turns).toBe(20);
    expect(stage.network.liveSockets).toBe(1);
    expect(stage.gateway.peers).toHaveLength(1);
  });
});

describe('a source of tokens', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('keychain locked');
      },
    ],
    ['rejects', () => Promise.reject(new Error('keychain locked'))],
    ['never answers', () => new Promise<string>(() => undefined)],
  ] as const)(
    'a token source that %s spends the retry budget and gives the reason; disconnecting leaves nothing behind',
    async (_, token) => {
      const stage = new Stage({ auth: { token }, reconnect: { maxAttempts: 2 } });
      const waiting = watch(stage.connection.request<string>('m', {}, { whenDisconnected: 'wait' }));
      stage.connection.connect();
      await stage.until('exhausted');
      await stage.clock.advance(0);
      const { state } = stage.connection;
      expect(state).toMatchObject({ last: { code: 'connection.exhausted' } });
      expect(waiting.error).toMatchObject({ outcome: 'not-sent' } satisfies Partial<GatewayError>);
      expect(stage.network.dialled).toBe(0);
      stage.connection.connect();
      await stage.clock.advance(1);
      await stage.connection.disconnect();
      expect(stage.clock.pendingTimers).toBe(0);
    },
  );
});
