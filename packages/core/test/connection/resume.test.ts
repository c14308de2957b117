import { describe, expect, test } from 'vitest';
import { SequenceWatch } from '../../src/connection/resume.ts';
import type { GatewayError } from '../../src/errors/gateway-error.ts';
import { Stage } from './stage.ts';

function methods(stage: Stage, connection: number): string[] {
  return stage.gateway.received.filter((request) => request.connection === connection).map(({ method }) => method);
}
async function reconnect(stage: Stage): Promise<void> {
  stage.network.resetAll();
  await stage.until('waiting');
  await stage.until('ready');
  await stage.clock.advance(10);
}

describe('declared subscriptions', () => {
  test('declared subscriptions are sent first on every connection, in their order', async () => {
    const stage = new Stage();
    stage.connection.subscribe('sessions.subscribe', { sessionKey: 'main' });
    stage.connection.subscribe('logs.subscribe');
    stage.connection.connect();
    const options = { whenDisconnected: 'wait' } as const;
    stage.connection.request<string>('early', {}, options).catch(() => undefined);
    stage.connection.on('ready', () => void stage.connection.request<string>('on-ready').catch(() => undefined));
    await stage.until('ready');
    await stage.clock.advance(10);
    expect(methods(stage, 1)).toEqual(['sessions.subscribe', 'logs.subscribe', 'early', 'on-ready']);
    await reconnect(stage);
    expect(methods(stage, 2)).toEqual(['sessions.subscribe', 'logs.subscribe', 'on-ready']);
    expect(stage.gateway.received[0]?.params).toEqual({ sessionKey: 'main' });
  });

  test('a subscription declared while ready is sent at once, and a withdrawn one no more', async () => {
    const stage = await Stage.ready();
    const withdraw = stage.connection.subscribe('logs.subscribe');
    await stage.clock.advance(10);
    expect(methods(stage, 1)).toEqual(['logs.subscribe']);
    withdraw();
    await reconnect(stage);
    expect(methods(stage, 2)).toEqual([]);
  });

  test('a refused subscription is an error event; one lost with its connection is sent again', async () => {
    const stage = await Stage.ready();
    const errors: GatewayError[] = [];
    stage.connection.on('error', (error) => errors.push(error));
    stage.gateway.script = () => ({ kind: 'error', error: { code: -32601, message: 'no such method' } });
    stage.connection.subscribe('logs.subscribe');
    await stage.clock.advance(10);
    expect(errors).toMatchObject([{ code: 'method.not-offered' }]);
    stage.gateway.script = () => ({ kind: 'silence' });
    stage.connection.subscribe('more.subscribe');
    await stage.clock.advance(10);
    await reconnect(stage);
    expect(errors).toHaveLength(1);
    expect(methods(stage, 2)).toEqual(['logs.subscribe', 'more.subscribe']);
  });
});

describe('missed events', () => {
  test('a gap emits `gap`, runs the hooks, then emits `resync`', async () => {
    const stage = await Stage.ready({}, { dialect: 'openclaw' });
    const order: unknown[] = [];
    stage.connection.on('gap', (gap) => order.push(gap));
    stage.connection.onResync(async (cause) => {
      await stage.connection.request('chat.history');
      order.push(`fetched for ${cause.kind}`);
    });
    stage.connection.on('resync', (cause) => order.push(`resynced for ${cause.kind}`));
    stage.gateway.announce('chat', { n: 1 });
    stage.gateway.skip(3);
    stage.gateway.announce('chat', { n: 5 });
    await stage.clock.advance(10);
    expect(order).toEqual([{ expected: 2, received: 5 }, 'fetched for gap', 'resynced for gap']);
    expect(stage.connection.snapshot().counters.gaps).toBe(1);
  });

  test('a reconnect runs the resync hooks, the first connect does not', async () => {
    const stage = new Stage();
    const causes: string[] = [];
    stage.connection.onResync(({ kind }) => void causes.push(kind));
    stage.connection.connect();
    await stage.until('ready');
    await stage.clock.advance(10);
    expect(causes).toEqual([]);
    await reconnect(stage);
    expect(causes).toEqual(['reconnect']);
  });

  test('a resync hook that fails is an error event and stops no other hook', async () => {
    const stage = await Stage.ready();
    const heard: string[] = [];
    stage.connection.on('error', (error) => heard.push(error.problem.detail));
    stage.connection.onResync(() => {
      throw new Error('disk');
    });
    const withdraw = stage.connection.onResync(() => void heard.push('withdrawn'));
    stage.connection.onResync(() => void heard.push('ran'));
    stage.connection.on('resync', () => heard.push('resynced'));
    withdraw();
    await reconnect(stage);
    expect(heard).toEqual(['ran', 'A resync hook failed: disk', 'resynced']);
  });

  test('a gap on protocol 3, which counts for all connections, is measured from the first number of the connection', async () => {
    const stage = await Stage.ready({}, { dialect: 'openclaw', protocol: 3 });
    const gaps: unknown[] = [];
    stage.connection.on('gap', (gap) => gaps.push(gap));
    const hear = async (skipped: number) => {
      stage.gateway.skip(skipped);
      stage.gateway.announce('tick', {});
      await stage.clock.advance(10);
    };
    await hear(88);
    await reconnect(stage);
    await hear(500);
    expect(gaps).toEqual([]);
    await hear(1);
    expect(gaps).toEqual([{ expected: 591, received: 592 }]);
  });

  test('a gap on protocol 4, which counts per connection, includes the first event of each connection', async () => {
    const stage = await Stage.ready({}, { dialect: 'openclaw' });
    const gaps: unknown[] = [];
    stage.connection.on('gap', (gap) => gaps.push(gap));
    const hear = async (skipped: number) => {
      stage.gateway.skip(skipped);
      stage.gateway.announce('tick', {});
      await stage.clock.advance(10);
    };
    await hear(0);
    await hear(0);
    await reconnect(stage);
    await hear(0);
    expect(gaps).toEqual([]);
    await reconnect(stage);
    await hear(2);
    expect(gaps).toEqual([{ expected: 1, received: 3 }]);
  });

  test('events without a number cause no gap', async () => {
    const stage = await Stage.ready({}, { dialect: 'openclaw' });
    const heard: string[] = [];
    stage.connection.on('notification', ({ method }) => heard.push(method));
    const [peer] = stage.gateway.peers;
    stage.gateway.announce('chat', {});
    peer?.send('{"type":"event","event":"exec.approval.requested","payload":{}}');
    stage.gateway.announce('chat', {});
    await stage.clock.advance(10);
    expect(heard).toEqual(['chat', 'exec.approval.requested', 'chat']);
    expect(stage.connection.snapshot().counters.gaps).toBe(0);
  });
});

describe('SequenceWatch', () => {
  test.each([
    [[89, 90, 91], []],
    [[1, 3], [{ expected: 2, received: 3 }]],
    [[1, 2, 2, 1, 2, 3], []],
    [
      [5, 9, 10, 12],
      [
        { expected: 6, received: 9 },
        { expected: 11, received: 12 },
      ],
    ],
  ])('SequenceWatch finds the gaps of %j', (numbers, gaps) => {
    const watch = new SequenceWatch();
    expect(numbers.map((seq) => watch.observe(seq)).filter((gap) => gap !== undefined)).toEqual(gaps);
  });
});
