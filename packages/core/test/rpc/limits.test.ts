import { describe, expect, test } from 'vitest';
import { jsonRpcCodec } from '../../src/dialect/jsonrpc-codec.ts';
import { openClawCodec } from '../../src/dialect/openclaw-codec.ts';
import { type ChannelCloseInfo, type FrameChannel, isLargerThan } from '../../src/rpc/frame-writer.ts';
import { bindChannel } from '../../src/rpc/peer.ts';
import { broken, Conversation, closed, Recorder, watch } from './conversation.ts';

describe('limits', () => {
  test('requests beyond maxInFlight wait in order and go out as answers come', async () => {
    const talk = Conversation.open({ maxInFlight: 2 });
    const replies = ['a', 'b', 'c', 'd'].map((method) => watch(talk.peer.request<string>(method)));
    expect(talk.ids()).toEqual([1, 2]);
    expect(talk.peer.pending().map(({ method, state }) => `${method} ${state}`)).toEqual([
      'a written',
      'b written',
      'c queued',
      'd queued',
    ]);
    talk.answer(2, 'b');
    expect(talk.ids()).toEqual([3]);
    talk.answer(1, 'a');
    talk.answer(3, 'c');
    const [last] = talk.ids();
    talk.answer(last, 'd');
    await talk.clock.advance(0);
    expect(replies.map(({ value }) => value)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a request beyond maxQueued is rejected as overloaded, at once and not sent', async () => {
    const talk = Conversation.open({ maxInFlight: 1, maxQueued: 2 });
    const replies = [1, 2, 3, 4].map(() => watch(talk.peer.request('system.version')));
    await talk.clock.advance(0);
    expect(replies.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending', 'rejected']);
    expect(replies[3]?.error).toMatchObject({
      code: 'request.overloaded',
      outcome: 'not-sent',
      problem: { detail: expect.stringContaining('maxQueued') },
    });
    expect(talk.peer.counters.overloaded).toBe(1);
  });

  test('a request beyond maxQueuedBytes is rejected until queued ones are sent', async () => {
    const talk = Conversation.open({ maxInFlight: 1, maxQueuedBytes: 100 });
    void watch(talk.peer.request<string>('a'));
    const big = { filler: 'x'.repeat(80) };
    const first = watch(talk.peer.request<string>('b', big));
    const second = watch(talk.peer.request<string>('c', big));
    await talk.clock.advance(0);
    expect([first.state, second.state]).toEqual(['pending', 'rejected']);
    expect(second.error?.problem.detail).toContain('maxQueuedBytes');
    talk.answer(1, null);
    const third = watch(talk.peer.request<string>('d', big));
    await talk.clock.advance(0);
    expect(third.state).toBe('pending');
  });

  test('a queued request that is cancelled makes room for its bytes', async () => {
    const talk = Conversation.open({ maxInFlight: 1, maxQueuedBytes: 100 });
    void watch(talk.peer.request<string>('a'));
    const big = { filler: 'x'.repeat(80) };
    const controller = new AbortController();
    void watch(talk.peer.request<string>('b', big, { signal: controller.signal }));
    controller.abort();
    const next = watch(talk.peer.request<string>('c', big));
    await talk.clock.advance(0);
    expect(next.state).toBe('pending');
  });

  test('a socket that does not drain holds requests back until it does', async () => {
    const talk = Conversation.open({ highWaterMark: 1_000 });
    talk.wire.bufferedAmount = 1_001;
    const reply = watch(talk.peer.request('system.version', undefined, { timeoutMs: 10_000 }));
    await talk.clock.advance(200);
    expect(talk.wire.texts).toEqual([]);
    talk.wire.bufferedAmount = 0;
    await talk.clock.advance(50);
    expect(talk.ids()).toEqual([1]);
    talk.answer(1, 'sent');
    await talk.clock.advance(0);
    expect(reply.value).toBe('sent');
  });

  test('a notification into a full socket is refused', () => {
    const talk = Conversation.open({ highWaterMark: 1_000 });
    talk.wire.bufferedAmount = 1_001;
    expect(() => talk.peer.notify('hello')).toThrow(expect.objectContaining({ code: 'request.overloaded' }));
  });

  test('the limit of the peer applies when it is lower than ours', () => {
    const talk = new Conversation({ highWaterMark: 1_000 });
    talk.peer.attach(talk.wire, jsonRpcCodec, { maxBufferedBytes: 500 });
    talk.wire.bufferedAmount = 600;
    expect(() => talk.peer.notify('hello')).toThrow(expect.objectContaining({ code: 'request.overloaded' }));
  });

  test('unsent bytes and the next message never exceed what the peer allows', async () => {
    const talk = new Conversation();
    talk.peer.attach(talk.wire, jsonRpcCodec, { maxPayload: 300, maxBufferedBytes: 1_000 });
    talk.wire.bufferedAmount = 701;
    const reply = watch(talk.peer.request<string>('a', { filler: 'x'.repeat(200) }));
    await talk.clock.advance(200);
    expect(talk.wire.texts).toEqual([]);
    talk.wire.bufferedAmount = 700;
    await talk.clock.advance(50);
    expect(talk.ids()).toEqual([1]);
    talk.answer(1, 'sent');
    await talk.clock.advance(0);
    expect(reply.value).toBe('sent');
  });

  test('a peer that allows less than its largest message gets one at a time', async () => {
    const talk = new Conversation();
    talk.peer.attach(talk.wire, jsonRpcCodec, { maxPayload: 300, maxBufferedBytes: 200 });
    void watch(talk.peer.request<string>('a'));
    expect(talk.ids()).toEqual([1]);
    talk.wire.bufferedAmount = 1;
    void watch(talk.peer.request<string>('b'));
    expect(talk.ids()).toEqual([]);
  });

  test('a batch counts as unsent while it is built; requests without room wait', async () => {
    const talk = new Conversation();
    talk.peer.attach(talk.wire, openClawCodec, { maxBufferedBytes: 1_000 });
    const params = { filler: 'ü'.repeat(200) };
    const replies = talk.peer.batch([1, 2, 3, 4].map(() => ({ method: 'a', params }))).map((reply) => watch(reply));
    expect(talk.wire.take()).toHaveLength(3);
    expect(talk.peer.pending().map(({ state }) => state)).toEqual(['written', 'written', 'written', 'queued']);
    await talk.clock.advance(50);
    expect(talk.wire.take()).toHaveLength(1);
    expect(replies.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending', 'pending']);
  });

  test('a resent request that no longer fits rejects with an unknown outcome', async () => {
    const talk = Conversation.open();
    const reply = watch(talk.peer.request<string>('a', { filler: 'x'.repeat(400) }, { idempotencyKey: 'k' }));
    talk.peer.detach(broken);
    talk.peer.attach(talk.wire, jsonRpcCodec, { maxPayload: 300 });
    await talk.clock.advance(0);
    expect(reply.error).toMatchObject({ code: 'request.invalid', outcome: 'unknown' });
  });

  test('a message larger than the peer takes is refused before it ends the connection', async () => {
    const talk = new Conversation();
    talk.peer.attach(talk.wire, jsonRpcCodec, { maxPayload: 300 });
    const small = watch(talk.peer.request<string>('a', { filler: 'x'.repeat(200) }));
    const large = watch(talk.peer.request<string>('a', { filler: 'ü'.repeat(200) }));
    await talk.clock.advance(0);
    expect(small.state).toBe('pending');
    expect(large.error).toMatchObject({ code: 'request.invalid', outcome: 'not-sent' });
    expect(large.error?.problem.detail).toContain('300 bytes');
    expect(talk.wire.texts).toHaveLength(1);
    expect(talk.peer.pending()).toHaveLength(1);
  });
});

describe('bindChannel', () => {
  /** A channel whose transport carries frames of at most 300 bytes. */
  class SmallChannel extends Recorder implements FrameChannel {
    readonly maxPayload = 300;
    end: (end: ChannelCloseInfo) => void = () => undefined;
    frame: (text: string) => void = () => undefined;

    onFrame(listener: (text: string) => void): void {
      this.frame = listener;
    }

    onClose(listener: (end: ChannelCloseInfo) => void): void {
      this.end = listener;
    }

    override close(): void {
      this.end({ code: 1000, reason: '' });
    }
  }

  test('a bound channel carries requests and answers, limits their size, and ends with the reason given for it', async () => {
    const { clock, peer } = new Conversation();
    const channel = new SmallChannel();
    bindChannel(peer, channel, jsonRpcCodec, ({ code }) => (code === 1000 ? closed : broken));
    const large = watch(peer.request<string>('a', { filler: 'x'.repeat(300) }));
    const answered = watch(peer.request<string>('b'));
    const open = watch(peer.request<string>('c'));
    expect(channel.take()).toMatchObject([{ method: 'b' }, { method: 'c' }]);
    channel.frame('{"jsonrpc":"2.0","id":2,"result":"done"}');
    channel.close();
    await clock.advance(0);
    expect(large.error).toMatchObject({ code: 'request.invalid', outcome: 'not-sent' });
    expect(answered.value).toBe('done');
    expect(open.error).toMatchObject({ code: 'connection.closed', outcome: 'unknown' });
  });
});

describe('isLargerThan', () => {
  test.each(['plain', 'ü', '€', '𐍈', 'mixed ü€𐍈 text', '\u007f', '\u0080', '\u07ff', '\u0800', '\uffff', '\u{10ffff}'])(
    'counts the bytes of %j as UTF-8',
    (text) => {
      const bytes = new TextEncoder().encode(text).length;
      expect(isLargerThan(text, bytes)).toBe(false);
      expect(isLargerThan(text, bytes - 1)).toBe(true);
    },
  );
});
