import { describe, expect, test } from 'vitest';
import { jsonRpcCodec } from '../../src/dialect/jsonrpc-codec.ts';
import { openClawCodec } from '../../src/dialect/openclaw-codec.ts';
import { RpcPeer } from '../../src/rpc/peer.ts';
import { RpcFault } from '../../src/rpc/serving.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { broken, Conversation, closed, Recorder, watch } from './conversation.ts';

describe('a peer that answers what nobody asked', () => {
  test('a hundred thousand unknown replies are counted and not stored', async () => {
    const talk = Conversation.open({ maxInFlight: 4 });
    const reply = watch(talk.peer.request('system.version'));
    const [id] = talk.ids();
    for (let i = 0; i < 50_000; i += 1) {
      talk.answer(1_000 + i, 'of nobody');
      talk.answer(String(id), 'of another type');
    }
    expect(talk.peer.counters).toMatchObject({ unknownReplies: 100_000, duplicateReplies: 0, lateReplies: 0 });
    expect(talk.peer.pending()).toHaveLength(1);
    talk.answer(id, 'mine');
    await talk.clock.advance(0);
    expect(reply).toMatchObject({ state: 'resolved', value: 'mine' });
  });

  test('endless progress is ended by the total limit, which a sleep of this machine extends', async () => {
    const talk = Conversation.open();
    const options = { timeoutMs: 1_000, maxTotalMs: 10_000, onProgress: () => undefined };
    const reply = watch(talk.peer.request('slow', {}, options));
    const [token] = talk.ids();
    const report = async () => {
      await talk.clock.advance(500);
      talk.hear({ jsonrpc: '2.0', method: '$/progress', params: { token, value: 1 } });
    };
    for (let i = 0; i < 19; i += 1) await report();
    expect(reply.state).toBe('pending');
    talk.clock.sleep(60_000, 'counted');
    talk.peer.resetDeadlines();
    for (let i = 0; i < 19; i += 1) await report();
    expect(reply.state).toBe('pending');
    for (let i = 0; i < 2; i += 1) await report();
    expect(reply.error).toMatchObject({ code: 'request.timeout', outcome: 'unknown' });
  });
});

describe('this machine slept', () => {
  test.each(['counted', 'stopped'] as const)(
    'a sleep while a final answer is awaited does not shorten the wait (monotonic clock %s)',
    async (monotonic) => {
      const talk = new Conversation();
      talk.peer.attach(talk.wire, openClawCodec);
      const reply = watch(
        talk.peer.request<string>('agent', { message: 'think' }, { timeoutMs: 1_000, maxTotalMs: 600_000 }),
      );
      talk.hear({ type: 'res', id: '1', ok: true, payload: { runId: 'r', status: 'accepted' } });
      await talk.clock.advance(10_000);
      talk.clock.sleep(3_600_000, monotonic);
      talk.peer.resetDeadlines();
      await talk.clock.advance(500_000);
      expect(reply.state).toBe('pending');
      talk.hear({ type: 'res', id: '1', ok: true, payload: { runId: 'r', status: 'ok' } });
      await talk.clock.advance(0);
      expect(reply).toMatchObject({ state: 'resolved', value: { status: 'ok' } });
    },
  );
});

describe('what JSON cannot say', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;

  test.each([
    ['a bigint', 1n],
    ['a circle', circular],
  ])(
    'RpcFault data that JSON cannot express (%s) is answered as an internal error, and the next request is served',
    async (_, data) => {
      const talk = Conversation.open({ maxServing: 1 });
      talk.peer.onRequest('fail', () => {
        throw new RpcFault(-32_000, 'no', data);
      });
      for (const id of [1, 2]) {
        talk.hear({ jsonrpc: '2.0', id, method: 'fail' });
        await talk.clock.advance(0);
        expect(talk.wire.take()).toMatchObject([{ id, error: { code: -32_603 } }]);
      }
      expect(talk.faults).toHaveLength(2);
    },
  );
});

describe('larger than the peer takes', () => {
  function small(): Conversation {
    const talk = new Conversation();
    talk.peer.attach(talk.wire, jsonRpcCodec, { maxPayload: 200 });
    return talk;
  }
  const long = 'x'.repeat(300);

  test('a notification above maxPayload is refused before it ends the connection', () => {
    const talk = small();
    expect(() => talk.peer.notify('log', { long })).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    talk.peer.notify('log', {});
    expect(talk.wire.texts).toHaveLength(1);
  });

  test('an answer above maxPayload becomes an error that fits', async () => {
    const talk = small();
    talk.peer.onRequest('read', () => long);
    talk.hear({ jsonrpc: '2.0', id: 1, method: 'read' });
    await talk.clock.advance(0);
    expect(talk.wire.take()).toMatchObject([{ id: 1, error: { code: -32_603 } }]);
  });

  test('a batch above maxPayload is sent in parts that fit', () => {
    const talk = small();
    const requests = Array.from({ length: 4 }, () => ({ method: 'a', params: { text: 'x'.repeat(60) } }));
    for (const reply of talk.peer.batch(requests)) reply.catch(() => undefined);
    expect(talk.wire.texts.every((text) => text.length <= 200)).toBe(true);
    expect(talk.wire.take().flat()).toHaveLength(4);
  });

  test('answers to a batch above maxPayload are sent in parts', async () => {
    const talk = small();
    talk.peer.onRequest('read', () => 'x'.repeat(60));
    talk.hear([1, 2, 3, 4].map((id) => ({ jsonrpc: '2.0', id, method: 'read' })));
    await talk.clock.advance(0);
    expect(talk.wire.texts.every((text) => text.length <= 200)).toBe(true);
    expect(talk.wire.take().flat()).toHaveLength(4);
  });
});

describe('a listener', () => {
  test('a settlement listener that throws keeps no request from settling', async () => {
    const settled: string[] = [];
    const clock = new SimulatedClock();
    const wire = new Recorder();
    const peer = new RpcPeer({
      clock,
      listener: {
        notification: () => undefined,
        settled: (method) => {
          settled.push(method);
          throw new Error('settled');
        },
      },
    });
    peer.attach(wire, jsonRpcCodec);
    const replies = ['answered', 'refused', 'lost', 'lost too'].map((method) => watch(peer.request(method)));
    peer.receive('{"jsonrpc":"2.0","id":1,"result":1}');
    peer.receive('{"jsonrpc":"2.0","id":2,"error":{"code":-32000,"message":"no"}}');
    expect(() => peer.detach(broken)).not.toThrow();
    await clock.advance(0);
    expect(replies.map(({ state }) => state)).toEqual(['resolved', 'rejected', 'rejected', 'rejected']);
    expect(settled).toEqual(['answered', 'refused', 'lost', 'lost too']);
  });

  test('a listener that closes the connection in the middle of a batch gets nothing of the rest', () => {
    const heard: string[] = [];
    const peer = new RpcPeer({
      clock: new SimulatedClock(),
      listener: {
        notification: (method) => {
          heard.push(method);
          if (method === 'last') peer.close(closed);
        },
      },
    });
    const wire = new Recorder();
    peer.attach(wire, jsonRpcCodec);
    const frames = ['first', 'last', 'too late'].map((method) => ({ jsonrpc: '2.0', method }));
    peer.receive(JSON.stringify([...frames, { jsonrpc: '2.0', id: 1, method: 'nobody' }]));
    expect(heard).toEqual(['first', 'last']);
    expect(wire.texts).toEqual([]);
  });

  test('a progress listener that requests, aborts and closes disturbs nothing', async () => {
    const talk = Conversation.open({ maxInFlight: 8 });
    const controller = new AbortController();
    const inner: ReturnType<typeof watch>[] = [];
    const aborted = watch(
      talk.peer.request('given up', {}, { signal: controller.signal, onProgress: () => controller.abort() }),
    );
    const asking = watch(
      talk.peer.request('asking', {}, { onProgress: () => inner.push(watch(talk.peer.request('asked'))) }),
    );
    const ending = watch(talk.peer.request('ending', {}, { onProgress: () => talk.peer.close(closed) }));
    for (const token of talk.ids()) talk.hear({ jsonrpc: '2.0', method: '$/progress', params: { token, value: 1 } });
    await talk.clock.advance(0);
    expect(aborted.error).toMatchObject({ code: 'request.cancelled' });
    for (const { error } of [asking, ending, ...inner]) {
      expect(error).toMatchObject({ code: 'connection.closed', outcome: 'unknown' });
    }
    expect(inner).toHaveLength(1);
    expect(talk.peer.pending()).toEqual([]);
    expect(talk.clock.pendingTimers).toBe(0);
  });
});
