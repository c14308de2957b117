import { describe, expect, test } from 'vitest';
import { openClawCodec } from '../../src/dialect/openclaw-codec.ts';
import { Conversation, watch } from './conversation.ts';

/** Makes one request that is answered after `ms`. */
async function roundTrip(talk: Conversation, ms: number): Promise<void> {
  void watch(talk.peer.request('system.version'));
  const [id] = talk.ids();
  await talk.clock.advance(ms);
  talk.answer(id, 'done');
}

describe('the latency of a peer', () => {
  test('the latency is unknown before the first answer', async () => {
    const talk = Conversation.open();
    expect(talk.peer.latency()).toBeUndefined();
    void watch(talk.peer.request('system.version'));
    await talk.clock.advance(5);
    expect(talk.peer.latency()).toBeUndefined();
  });

  test('the latency has the last round trip, the median and the 95th percentile', async () => {
    const talk = Conversation.open();
    for (const ms of [40, 10, 30, 20]) await roundTrip(talk, ms);
    expect(talk.peer.latency()).toEqual({ last: 20, p50: 30, p95: 40 });
  });

  test('the latency is taken from the newest 256 round trips', async () => {
    const talk = Conversation.open();
    for (let i = 0; i < 10; i += 1) await roundTrip(talk, 1_000);
    for (let ms = 1; ms <= 256; ms += 1) await roundTrip(talk, ms);
    expect(talk.peer.latency()).toEqual({ last: 256, p50: 129, p95: 244 });
  });

  test('round trips are counted in cumulative buckets, also those above the last limit', async () => {
    const talk = Conversation.open();
    for (const ms of [1, 3, 3, 20_000]) await roundTrip(talk, ms);
    const { buckets, count, sumMs } = talk.peer.roundTrips();
    expect([count, sumMs]).toEqual([4, 20_007]);
    const below = (leMs: number) => buckets.find((bucket) => bucket.leMs === leMs)?.count;
    expect([0.5, 1, 2.5, 5, 10_000].map(below)).toEqual([0, 1, 1, 3, 3]);
  });

  test('one request at a time is measured, whichever is answered first', async () => {
    const talk = Conversation.open();
    void watch(talk.peer.request('system.version'));
    void watch(talk.peer.request('system.version'));
    const [first, second] = talk.ids();
    await talk.clock.advance(5);
    talk.answer(second, 'not measured');
    expect(talk.peer.latency()).toBeUndefined();
    await talk.clock.advance(15);
    talk.answer(first, 'measured');
    expect(talk.peer.latency()?.last).toBe(20);
  });

  test('a measured request that times out makes room for the next', async () => {
    const talk = Conversation.open();
    void watch(talk.peer.request('system.version', undefined, { timeoutMs: 10 }));
    await talk.clock.advance(10);
    talk.wire.take();
    await roundTrip(talk, 7);
    expect(talk.peer.latency()?.last).toBe(7);
  });

  test('a final answer is no round trip: it takes as long as the work', async () => {
    const talk = new Conversation();
    talk.peer.attach(talk.wire, openClawCodec);
    void watch(talk.peer.request<string>('agent', { message: 'hi' }));
    await talk.clock.advance(60_000);
    talk.hear({ type: 'res', id: '1', ok: true, payload: { runId: 'r', status: 'ok' } });
    expect(talk.peer.latency()).toBeUndefined();
  });
});
