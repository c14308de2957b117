import { describe, expect, test } from 'vitest';
import { watch } from '../rpc/conversation.ts';
import { Stage } from './stage.ts';

describe('liveness', () => {
  test.each(['both', 'to-peer', 'to-us'] as const)(
    'half-open (%s): told after two pings, probed, replaced within 30 s',
    async (way) => {
      const stage = await Stage.ready();
      stage.gateway.peers[0]?.loseSilently(way);
      const began = stage.clock.now();
      await stage.clock.advanceUntil(() => stage.story.includes('(unresponsive)'), 60_000);
      expect(stage.clock.now() - began).toBeLessThanOrEqual(20_001);
      expect(stage.connection.snapshot()).toMatchObject({ state: 'ready', isResponsive: false });
      await stage.clock.advanceUntil(() => stage.story.includes('(ended)'), 60_000);
      expect(stage.clock.now() - began).toBeLessThanOrEqual(30_002);
      await stage.until('ready', 100);
      expect(stage.connection.snapshot().isResponsive).toBe(true);
      expect(stage.network.liveSockets).toBe(1);
    },
  );

  test('frozen for 20 s: told, told again when it is back, and the connection with its requests survives', async () => {
    const stage = await Stage.ready();
    stage.network.freeze();
    const reply = watch(stage.connection.request<string>('echo', { n: 1 }));
    await stage.clock.advance(25_000);
    stage.network.thaw();
    await stage.clock.advance(10_000);
    expect(stage.story).toEqual(['(unresponsive)', '(responsive)']);
    expect(reply.value).toEqual({ n: 1 });
    expect(stage.network.dialled).toBe(1);
  });

  test('frozen for ever: attempts fail by deadline, nothing hangs', async () => {
    const stage = await Stage.ready();
    stage.network.freeze();
    await stage.until('exhausted', 600_000);
    expect(stage.network.liveSockets).toBe(0);
    expect(stage.connection.snapshot().problem?.detail).toContain('the step "connecting" did not finish within 5 s');
  });

  test('pings without answers to requests keep the connection: that is for a health check to judge', async () => {
    const stage = await Stage.ready();
    stage.gateway.script = () => ({ kind: 'silence' });
    const reply = watch(stage.connection.request('cron.list'));
    await stage.clock.advance(120_000);
    expect(reply.error).toMatchObject({ code: 'request.timeout' });
    expect(stage.story).toEqual([]);
  });

  test('an idle connection costs one ping an interval', async () => {
    const stage = await Stage.ready();
    let texts = 0;
    stage.gateway.peers[0]?.onText(() => {
      texts += 1;
    });
    await stage.clock.advance(600_000);
    expect(stage.story).toEqual([]);
    expect(texts).toBe(0);
    expect(stage.connection.state.name).toBe('ready');
  });

  test('a socket that cannot ping (a browser) asks with a request instead', async () => {
    const stage = await Stage.ready({ pings: false });
    await stage.clock.advance(60_000);
    expect(stage.story).toEqual([]);
    expect(stage.connection.snapshot().counters.results).toBeGreaterThanOrEqual(5);
    stage.gateway.peers[0]?.loseSilently();
    await stage.clock.advanceUntil(() => stage.story.includes('(ended)'), 60_000);
    expect(stage.story).toContain('(unresponsive)');
  });

  test('where it cannot ping, it lets the ticks that the gateway promised come first', async () => {
    const stage = await Stage.ready({ pings: false }, { dialect: 'openclaw' });
    for (let i = 0; i < 10; i += 1) {
      await stage.clock.advance(30_000);
      stage.gateway.announce('tick', { ts: i });
    }
    expect(stage.connection.snapshot().counters.requests).toBe(0);
    await stage.clock.advance(46_000);
    expect(stage.connection.snapshot().counters.requests).toBe(1);
  });

  test('system sleep: one probe of 2 s, then life goes on', async () => {
    for (const monotonic of ['counted', 'stopped'] as const) {
      const stage = await Stage.ready();
      await stage.clock.advance(5_000);
      stage.clock.sleep(3_600_000, monotonic);
      await stage.clock.advance(30_000);
      expect(stage.story).toEqual([]);
      expect(stage.network.dialled).toBe(1);
    }
  });

  test('system sleep that broke the connection: found out 2 s after the wake-up', async () => {
    const stage = await Stage.ready();
    stage.clock.sleep(3_600_000, 'stopped');
    stage.gateway.peers[0]?.loseSilently();
    stage.connection.wake();
    const began = stage.clock.now();
    await stage.clock.advanceUntil(() => stage.story.includes('(ended)'), 60_000);
    expect(stage.clock.now() - began).toBe(2_000);
    await stage.until('ready', 100);
  });

  test('probe() tells the round trip; any answer is one, silence is a timeout', async () => {
    const stage = await Stage.ready();
    const alive = watch(stage.connection.probe());
    await stage.clock.advance(10);
    expect(alive.value).toBeGreaterThan(0);
    stage.network.freeze();
    const silent = watch(stage.connection.probe({ timeoutMs: 1_000 }));
    await stage.clock.advance(1_000);
    expect(silent.error).toMatchObject({ code: 'request.timeout' });
  });
});
