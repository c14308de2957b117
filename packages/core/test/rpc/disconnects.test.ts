import { isObject } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import { jsonRpcCodec } from '../../src/dialect/jsonrpc-codec.ts';
import { broken, Conversation, closed, watch } from './conversation.ts';

/** Makes one request of every kind, pending when the connection breaks. */
function ask(talk: Conversation) {
  return {
    plain: watch(talk.peer.request('cron.run', { jobId: 'j' })),
    idempotent: watch(talk.peer.request('cron.list')),
    keyed: watch(talk.peer.request('chat.send', { message: 'hi' }, { idempotencyKey: 'k' })),
    keyInParams: watch(talk.peer.request('chat.send', { message: 'hi', idempotencyKey: 'p' })),
  };
}

describe('when the connection goes', () => {
  test('idempotent requests wait for the next connection, the others are rejected at once with an unknown outcome', async () => {
    const talk = Conversation.open();
    const { plain, idempotent, keyed, keyInParams } = ask(talk);
    const sent = talk.wire.take();
    talk.peer.detach(broken);
    await talk.clock.advance(0);
    expect(plain.error).toMatchObject({ code: 'connection.lost', outcome: 'unknown' });
    expect([idempotent.state, keyed.state, keyInParams.state]).toEqual(['pending', 'pending', 'pending']);
    expect(talk.peer.pending().map(({ state }) => state)).toEqual(['interrupted', 'interrupted', 'interrupted']);

    talk.attach();
    const resent = talk.wire.take();
    expect(resent.map(withoutId)).toEqual(sent.slice(1).map(withoutId));
    expect(talk.peer.counters.resent).toBe(3);
    for (const [index, frame] of resent.entries()) talk.answer(idOf(frame), index);
    await talk.clock.advance(0);
    expect([idempotent.value, keyed.value, keyInParams.value]).toEqual([0, 1, 2]);
  });

  test('an old reply under an old id settles nothing on the new connection', async () => {
    const talk = Conversation.open();
    const reply = watch(talk.peer.request('cron.list'));
    const [oldId] = talk.ids();
    talk.peer.detach(broken);
    talk.attach();
    const [newId] = talk.ids();
    expect(newId).not.toBe(oldId);
    talk.answer(oldId, 'of the old connection');
    await talk.clock.advance(0);
    expect(reply.state).toBe('pending');
    talk.answer(newId, 'fresh');
    await talk.clock.advance(0);
    expect(reply.value).toBe('fresh');
  });

  test('an interrupted request survives a second loss before it was sent again, whatever its policy', async () => {
    const talk = Conversation.open();
    const reply = watch(talk.peer.request('cron.list', undefined, { whenDisconnected: 'reject' }));
    talk.peer.detach(broken);
    talk.peer.detach(broken);
    await talk.clock.advance(0);
    expect(reply.state).toBe('pending');
    talk.attach();
    expect(talk.ids()).toHaveLength(2);
  });

  test('an interrupted request keeps its deadline, and its outcome is unknown', async () => {
    const talk = Conversation.open();
    const reply = watch(talk.peer.request('cron.list', undefined, { timeoutMs: 100 }));
    talk.peer.detach(broken);
    await talk.clock.advance(100);
    expect(reply.error).toMatchObject({ code: 'request.timeout', outcome: 'unknown' });
    talk.wire.take();
    talk.attach();
    expect(talk.wire.texts).toEqual([]);
  });

  test('a request that is sent again keeps its deadline', async () => {
    const talk = Conversation.open();
    const reply = watch(talk.peer.request('cron.list', undefined, { timeoutMs: 100 }));
    await talk.clock.advance(60);
    talk.peer.detach(broken);
    talk.attach();
    await talk.clock.advance(39);
    expect(reply.state).toBe('pending');
    await talk.clock.advance(1);
    expect(reply.error).toMatchObject({ code: 'request.timeout', outcome: 'unknown' });
  });

  test('a reply on a new connection to a request given up on the old one is a duplicate, not a late reply', async () => {
    const talk = Conversation.open();
    void watch(talk.peer.request('cron.list', undefined, { timeoutMs: 10 }));
    await talk.clock.advance(10);
    talk.peer.detach(broken);
    talk.attach();
    talk.answer(1, 'of the old connection');
    expect(talk.peer.counters).toMatchObject({ lateReplies: 0, duplicateReplies: 1 });
  });

  test('queued requests stay over a lost connection if their policy is to wait', async () => {
    const talk = Conversation.open({ maxInFlight: 1 });
    void watch(talk.peer.request('cron.list'));
    const rejected = watch(talk.peer.request('cron.run', { jobId: 'a' }, { whenDisconnected: 'reject' }));
    const waiting = watch(talk.peer.request('cron.run', { jobId: 'b' }, { whenDisconnected: 'wait' }));
    talk.peer.detach(broken);
    await talk.clock.advance(0);
    expect(rejected.error).toMatchObject({ code: 'connection.lost', outcome: 'not-sent' });
    expect(waiting.state).toBe('pending');
  });

  test('a new connection sends declared subscriptions first, then interrupted, queued and new requests', () => {
    const talk = Conversation.open();
    void watch(talk.peer.request('cron.list'));
    void watch(talk.peer.request('skills.list'));
    talk.peer.detach(broken);
    void watch(talk.peer.request('system.version', undefined, { whenDisconnected: 'wait' }));
    talk.wire.take();
    talk.peer.attach(talk.wire, jsonRpcCodec, {}, () => void watch(talk.peer.request('channels.list')));
    void watch(talk.peer.request('system.health'));
    expect(talk.wire.take().map(methodOf)).toEqual([
      'channels.list',
      'cron.list',
      'skills.list',
      'system.version',
      'system.health',
    ]);
  });

  test('close rejects every request, even those that could be sent again', async () => {
    const talk = Conversation.open({ maxInFlight: 4 });
    const { plain, idempotent, keyed } = ask(talk);
    const queued = watch(talk.peer.request('cron.run', { jobId: 'q' }, { whenDisconnected: 'wait' }));
    talk.peer.close(closed);
    await talk.clock.advance(0);
    for (const { error } of [plain, idempotent, keyed])
      expect(error).toMatchObject({ code: 'connection.closed', outcome: 'unknown' });
    expect(queued.error).toMatchObject({ code: 'connection.closed', outcome: 'not-sent' });
    expect(talk.peer.pending()).toEqual([]);
    expect(talk.clock.pendingTimers).toBe(0);
  });

  test('ten thousand pending requests are settled together, each once', async () => {
    const talk = Conversation.open({ maxInFlight: 10_000 });
    const replies = Array.from({ length: 10_000 }, () => watch(talk.peer.request('cron.run', { jobId: 'j' })));
    talk.peer.detach(broken);
    await talk.clock.advance(0);
    expect(replies.every(({ state }) => state === 'rejected')).toBe(true);
    expect(talk.peer.counters.lost).toBe(10_000);
  });
});

function idOf(frame: unknown): unknown {
  return isObject(frame) ? frame['id'] : undefined;
}
function methodOf(frame: unknown): unknown {
  return isObject(frame) ? frame['method'] : undefined;
}
function withoutId(frame: unknown): unknown {
  return isObject(frame) ? { ...frame, id: 'any' } : frame;
}
