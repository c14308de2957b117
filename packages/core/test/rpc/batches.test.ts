import { describe, expect, test } from 'vitest';
import { openClawCodec } from '../../src/dialect/openclaw-codec.ts';
import { Conversation, watch } from './conversation.ts';

describe('batches of ours', () => {
  test('a batch is sent as one frame, and each request settles by itself', async () => {
    const talk = Conversation.open();
    const replies = talk.peer.batch([{ method: 'a', params: { n: 1 } }, { method: 'b' }, { method: 'c' }]).map(watch);
    expect(talk.wire.take()).toEqual([
      [
        { jsonrpc: '2.0', id: 1, method: 'a', params: { n: 1 } },
        { jsonrpc: '2.0', id: 2, method: 'b' },
        { jsonrpc: '2.0', id: 3, method: 'c' },
      ],
    ]);
    talk.hear([
      { jsonrpc: '2.0', id: 3, result: 'c' },
      { jsonrpc: '2.0', id: 1, error: { code: -32004, message: 'no' } },
    ]);
    await talk.clock.advance(0);
    expect(replies.map(({ state }) => state)).toEqual(['rejected', 'pending', 'resolved']);
    talk.answer(2, 'b');
    await talk.clock.advance(0);
    expect(replies[1]).toMatchObject({ value: 'b' });
  });

  test('a batch of one is sent as a single request; an invalid request is rejected and left out', async () => {
    const talk = Conversation.open();
    const [bad, good] = talk.peer.batch([{ method: 'a', params: 7 }, { method: 'b' }]);
    await expect(bad).rejects.toMatchObject({ code: 'request.invalid' });
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'b' }]);
    talk.answer(1, 'b');
    expect(await good).toBe('b');
  });

  test('an empty batch sends nothing', () => {
    const talk = Conversation.open();
    expect(talk.peer.batch([])).toEqual([]);
    expect(talk.wire.texts).toEqual([]);
  });

  test('a batch is sent one by one where the dialect has no batches', () => {
    const talk = new Conversation();
    talk.peer.attach(talk.wire, openClawCodec);
    talk.peer.batch([{ method: 'a' }, { method: 'b' }]).map(watch);
    expect(talk.wire.take()).toEqual([
      { type: 'req', id: '1', method: 'a' },
      { type: 'req', id: '2', method: 'b' },
    ]);
  });

  test('a batch without a connection rejects each request', async () => {
    const talk = new Conversation();
    const replies = await Promise.allSettled(talk.peer.batch([{ method: 'a' }, { method: 'b' }]));
    expect(replies.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('batches of the peer, as the specification says', () => {
  test('a batch of the peer is answered in one frame once all its requests are, its notifications are not', async () => {
    const talk = Conversation.open();
    talk.peer.onRequest('sum', async (params) => {
      await Promise.resolve();
      return Array.isArray(params) ? params.reduce((sum: number, n: unknown) => sum + Number(n), 0) : 0;
    });
    talk.hear([
      { jsonrpc: '2.0', method: 'sum', params: [1, 2, 4], id: '1' },
      { jsonrpc: '2.0', method: 'notify_hello', params: [7] },
      { foo: 'boo' },
      { jsonrpc: '2.0', method: 'foo.get', params: { name: 'myself' }, id: '5' },
      1,
    ]);
    await talk.clock.advance(0);
    const [frame, ...others] = talk.wire.take();
    expect(others).toEqual([]);
    expect(frame).toHaveLength(4);
    expect(frame).toEqual(
      expect.arrayContaining([
        { jsonrpc: '2.0', id: '1', result: 7 },
        { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid Request' } },
        { jsonrpc: '2.0', id: '5', error: { code: -32601, message: 'Method not found' } },
      ]),
    );
    expect(talk.notifications).toEqual([{ method: 'notify_hello', params: [7], seq: undefined }]);
  });

  test('a batch of notifications only gets no answer', async () => {
    const talk = Conversation.open();
    talk.hear([
      { jsonrpc: '2.0', method: 'a' },
      { jsonrpc: '2.0', method: 'b' },
    ]);
    await talk.clock.advance(0);
    expect(talk.wire.texts).toEqual([]);
    expect(talk.notifications).toHaveLength(2);
  });

  test('an empty batch of the peer is an invalid request', () => {
    const talk = Conversation.open();
    talk.hear([]);
    expect(talk.wire.take()).toEqual([
      { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid Request' } },
    ]);
  });

  test('a batch of exactly 1000 messages is answered message by message', () => {
    const talk = Conversation.open();
    talk.hear(Array.from({ length: 1_000 }, () => 1));
    const [answers] = talk.wire.take();
    expect(answers).toHaveLength(1_000);
  });

  test('a batch of more than 1000 messages is refused as a whole', () => {
    const talk = Conversation.open();
    talk.hear(Array.from({ length: 1_001 }, () => 1));
    expect(talk.wire.take()).toMatchObject([{ error: { code: -32600 } }]);
    talk.hear(Array.from({ length: 100_000 }, () => 1));
    expect(talk.wire.take()).toEqual([
      { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'A batch may hold 1000 messages' } },
    ]);
  });

  test.each([
    ['not JSON', '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', -32700],
    [
      'half a batch',
      '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},{"jsonrpc": "2.0", "method"',
      -32700,
    ],
    ['a method that is no name', '{"jsonrpc": "2.0", "method": 1, "params": "bar"}', -32600],
  ])('%s is answered with its error under null', (_, text, code) => {
    const talk = Conversation.open();
    talk.peer.receive(text);
    expect(talk.wire.take()).toMatchObject([{ jsonrpc: '2.0', id: null, error: { code } }]);
    expect(talk.peer.counters.invalidFrames).toBe(1);
  });
});
