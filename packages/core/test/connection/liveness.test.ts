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

  test('a peer frozen for 20 s is reported, reported again when it is back, and keeps its requests', async () => {
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

  test('each silence of a peer is reported, and its end with the first frame, not at the next check', async () => {
    const stage = await Stage.ready();
    for (let times = 1; times <= 2; times += 1) {
      stage.network.freeze();
      await stage.clock.advanceUntil(() => stage.story.length === 2 * times - 1, 60_000);
      stage.network.thaw();
      stage.gateway.announce('tick', {});
      await stage.clock.advance(100);
      expect(stage.story.slice(-2)).toEqual(['(unresponsive)', '(responsive)']);
      expect(stage.connection.snapshot().isResponsive).toBe(true);
    }
    expect(stage.story).toHaveLength(4);
    expect(stage.network.dialled).toBe(1);
  });

  test('a peer frozen for ever fails attempts by their deadline, and nothing hangs', async () => {
    const stage = await Stage.ready();
    stage.network.freeze();
    await stage.until('exhausted', 600_000);
    expect(stage.network.liveSockets).toBe(0);
    expect(stage.connection.snapshot().problem?.detail).toContain('the step "connecting" did not finish within 5 s');
  });

  test('pongs without answers to requests keep the connection: a health check judges that', async () => {
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

  test('a socket that cannot ping (a browser) probes with a request instead', async () => {
    const stage = await Stage.ready({ pings: false });
    await stage.clock.advance(60_000);
    expect(stage.story).toEqual([]);
    expect(stage.connection.snapshot().counters.results).toBeGreaterThanOrEqual(5);
    stage.gateway.peers[0]?.loseSilently();
    await stage.clock.advanceUntil(() => stage.story.includes('(ended)'), 60_000);
    expect(stage.story).toContain('(unresponsive)');
  });

  test('a socket that cannot ping waits for the promised ticks before it probes', async () => {
    const stage = await Stage.ready({ pings: false }, { dialect: 'openclaw' });
    for (let i = 0; i < 10; i += 1) {
      await stage.clock.advance(30_000);
      stage.gateway.announce('tick', { ts: i });
    }
    expect(stage.connection.snapshot().counters.requests).toBe(0);
    await stage.clock.advance(46_000);
    expect(stage.connection.snapshot().counters.requests).toBe(1);
  });

  test('a wake-up after system sleep sends one probe of 2 s, and the connection goes on', async () => {
    for (const monotonic of ['counted', 'stopped'] as const) {
      const stage = await Stage.ready();
      await stage.clock.advance(5_000);
      stage.clock.sleep(3_600_000, monotonic);
      await stage.clock.advance(30_000);
      expect(stage.story).toEqual([]);
      expect(stage.network.dialled).toBe(1);
    }
  });

  test('a connection that broke during system sleep is replaced 2 s after the wake-up', async () => {
    const stage = await Stage.ready();
    stage.clock.sleep(3_600_000, 'stopped');
    stage.gateway.peers[0]?.loseSilently();
    stage.connection.wake();
    const began = stage.clock.now();
    await stage.clock.advanceUntil(() => stage.story.includes('(ended)'), 60_000);
    expect(stage.clock.now() - began).toBe(2_000);
    await stage.until('ready', 100);
  });

  test('probe() resolves with the round trip for any answer, and times out on silence', async () => {
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
