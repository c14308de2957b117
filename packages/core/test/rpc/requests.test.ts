import { describe, expect, test } from 'vitest';
import { broken, Conversation, closed, watch } from './conversation.ts';

describe('a request', () => {
  test('a request is sent as JSON-RPC 2.0 and resolves with its result', async () => {
    const { peer, wire, ...rest } = Conversation.open();
    const reply = peer.request('system.health', { deep: true });
    expect(wire.take()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'system.health', params: { deep: true } }]);
    peer.receive('{"jsonrpc":"2.0","id":1,"result":{"ok":true}}');
    expect(await reply).toEqual({ ok: true });
    expect(rest.unclaimed).toEqual([]);
  });

  test('a request without parameters has no params member', () => {
    const { peer, wire } = Conversation.open();
    void peer.request('system.version');
    expect(wire.take()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'system.version' }]);
  });

  test('a failed request keeps code and data of the error and describes it', async () => {
    const talk = Conversation.open();
    const reply = talk.peer.request('cron.run', { jobId: 'x' });
    talk.hear({ jsonrpc: '2.0', id: 1, error: { code: -32004, message: 'no such job', data: { jobId: 'x' } } });
    await expect(reply).rejects.toMatchObject({
      name: 'GatewayError',
      code: 'rpc.error',
      outcome: 'answered',
      rpc: { code: -32004, message: 'no such job', data: { jobId: 'x' } },
      problem: { detail: 'cron.run: no such job (-32004).' },
    });
  });

  test('a request for an unknown method rejects with method.not-offered', async () => {
    const talk = Conversation.open();
    const reply = talk.peer.request('nosuch');
    talk.hear({ jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'Method not found' } });
    await expect(reply).rejects.toMatchObject({ code: 'method.not-offered', rpc: { code: -32601 } });
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'a request with a timeout of %s is refused and not sent',
    async (timeoutMs) => {
      const { peer, wire } = Conversation.open();
      await expect(peer.request('a', {}, { timeoutMs })).rejects.toMatchObject({
        code: 'request.invalid',
        outcome: 'not-sent',
      });
      await expect(peer.request('a', {}, { maxTotalMs: timeoutMs })).rejects.toMatchObject({ code: 'request.invalid' });
      expect(wire.texts).toEqual([]);
    },
  );

  test.each([
    ['a bare value', 7],
    ['null', null],
    ['text', 'x'],
    ['a value that JSON cannot say', { big: 1n }],
    [
      'a circle',
      (() => {
        const circle: Record<string, unknown> = {};
        circle['self'] = circle;
        return circle;
      })(),
    ],
    ['an object that comes out as nothing', { toJSON: () => undefined }],
    ['an object that comes out as a bare value', { toJSON: () => 'x' }],
  ])('a request with %s for parameters is refused and not sent', async (_, params) => {
    const { peer, wire } = Conversation.open();
    await expect(peer.request<string>('a', params)).rejects.toMatchObject({
      code: 'request.invalid',
      outcome: 'not-sent',
    });
    expect(wire.texts).toEqual([]);
    expect(peer.pending()).toEqual([]);
  });

  test.each([
    ['a bare value', 7, undefined, 'parameters must be an object, an array, or left out'],
    ['a bigint', { big: 1n }, undefined, 'cannot be said in JSON'],
    ['a key and a list', [1], 'k', 'an idempotency key needs parameters that are an object'],
    [
      'two keys',
      { idempotencyKey: 'other' },
      'k',
      'the idempotency key in its parameters is not the one in its options',
    ],
  ])('the refusal of a request with %s says what is wrong with it', async (_, params, idempotencyKey, why) => {
    const { peer } = Conversation.open();
    const reply = peer.request<string>('a', params, idempotencyKey === undefined ? {} : { idempotencyKey });
    await expect(reply).rejects.toMatchObject({ problem: { detail: expect.stringContaining(why) } });
  });

  test('a notification before the first connection is refused with the reason that there was none yet', () => {
    const { peer } = new Conversation();
    const problem = expect.objectContaining({ detail: expect.stringContaining('not opened yet') });
    expect(() => peer.notify('a')).toThrow(expect.objectContaining({ code: 'connection.closed', problem }));
  });

  test('parameters are encoded at the call: a later change by the caller has no effect', () => {
    const talk = new Conversation();
    const params = { n: 1 };
    void talk.peer.request<string>('a', params, { whenDisconnected: 'wait' });
    params.n = 2;
    talk.attach();
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'a', params: { n: 1 } }]);
  });

  test('a request carries its idempotency key in its parameters', () => {
    const { peer, wire } = Conversation.open();
    void peer.request('chat.send', { message: 'hi' }, { idempotencyKey: 'k' });
    void peer.request<string>('cron.run', undefined, { idempotencyKey: 'k' });
    expect(wire.take()).toMatchObject([
      { params: { message: 'hi', idempotencyKey: 'k' } },
      { params: { idempotencyKey: 'k' } },
    ]);
  });

  test.each([
    ['a list', [1]],
    ['another key', { idempotencyKey: 'other' }],
  ])('a request with a key and with %s for parameters is refused', async (_, params) => {
    const { peer } = Conversation.open();
    const reply = peer.request<string>('a', params, { idempotencyKey: 'k' });
    await expect(reply).rejects.toMatchObject({ code: 'request.invalid', outcome: 'not-sent' });
  });
});

describe('whenSettled', () => {
  test('whenSettled resolves at once where no request is open', async () => {
    await expect(Conversation.open().peer.whenSettled()).resolves.toBeUndefined();
  });

  test('whenSettled resolves when each request made so far has settled, also one that waits or fails', async () => {
    const talk = Conversation.open({ maxInFlight: 1 });
    void watch(talk.peer.request('cron.list'));
    void watch(talk.peer.request('skills.list'));
    const settled = watch(talk.peer.whenSettled());
    talk.answer(1, 'done');
    await talk.clock.advance(0);
    expect(settled.state).toBe('pending');
    void watch(talk.peer.request('system.version'));
    talk.hear({ jsonrpc: '2.0', id: 2, error: { code: -32000, message: 'no' } });
    await talk.clock.advance(0);
    expect(settled.state).toBe('resolved');
    expect(talk.peer.pending()).toHaveLength(1);
  });
});

describe('ids', () => {
  test('reply ids are matched by exact value and type; any other reply is counted and settles nothing', async () => {
    const talk = Conversation.open();
    const reply = watch(talk.peer.request('system.version'));
    for (const id of ['1', 0, '', 1.5, -1, 2, 1 + 2 ** 32, 2 ** 53, true]) talk.answer(id, 'wrong');
    await talk.clock.advance(0);
    expect(reply.state).toBe('pending');
    expect(talk.peer.counters.unknownReplies).toBe(8);
    expect(talk.peer.counters.malformedReplies).toBe(1);
    talk.answer(1, 'right');
    await talk.clock.advance(0);
    expect(reply).toMatchObject({ state: 'resolved', value: 'right' });
  });

  test('a second reply is counted as a duplicate', () => {
    const talk = Conversation.open();
    void talk.peer.request('system.version');
    talk.answer(1, 'a');
    talk.answer(1, 'b');
    expect(talk.peer.counters).toMatchObject({ results: 1, duplicateReplies: 1, unknownReplies: 0 });
  });

  test('an error with id null is passed on as unhandled and settles nothing', async () => {
    const talk = Conversation.open();
    const reply = watch(talk.peer.request('system.version'));
    const frame = { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Parse error' } };
    talk.hear(frame);
    await talk.clock.advance(0);
    expect(reply.state).toBe('pending');
    expect(talk.unclaimed).toEqual([frame]);
    expect(talk.wire.texts).toHaveLength(1);
  });

  test.each([
    { jsonrpc: '2.0', id: 1, result: 1, error: { code: 1, message: 'both' } },
    { jsonrpc: '2.0', id: 1, error: 'no object' },
    { jsonrpc: '2.0', id: 1, error: { code: 'x', message: 'no number' } },
    { id: 1, result: 'no version' },
    { jsonrpc: '1.0', id: 1, result: 'another version' },
  ])('a broken reply to a request settles it as an error instead of leaving it to its timeout: %j', async (frame) => {
    const talk = Conversation.open();
    const reply = talk.peer.request('system.version');
    talk.hear(frame);
    await expect(reply).rejects.toMatchObject({ code: 'rpc.error', outcome: 'answered', rpc: { code: -32603 } });
    expect(talk.peer.counters.malformedReplies).toBe(1);
    expect(talk.unclaimed).toEqual([frame]);
  });

  test('ids rise and do not repeat while slots are used again', () => {
    const talk = Conversation.open({ maxInFlight: 2 });
    const seen = new Set<unknown>();
    for (let i = 0; i < 50; i += 1) {
      void talk.peer.request('system.version');
      for (const id of talk.ids()) {
        expect(seen.has(id)).toBe(false);
        seen.add(id);
        talk.answer(id, i);
      }
    }
    expect(seen.size).toBe(50);
    expect(talk.peer.counters.results).toBe(50);
  });

  test('a late reply does not settle the call that has its slot now', async () => {
    const talk = Conversation.open({ maxInFlight: 1 });
    const late = watch(talk.peer.request('system.version', undefined, { timeoutMs: 10 }));
    const [lateId] = talk.ids();
    await talk.clock.advance(10);
    expect(late.error).toMatchObject({ code: 'request.timeout' });
    const replies = Array.from({ length: 4 }, () => {
      const reply = watch(talk.peer.request('system.version'));
      talk.answer(lateId, 'late');
      const [id] = talk.ids();
      talk.answer(id, id);
      return { reply, id };
    });
    await talk.clock.advance(0);
    for (const { reply, id } of replies) expect(reply).toMatchObject({ state: 'resolved', value: id });
    expect(talk.peer.counters).toMatchObject({ lateReplies: 1, duplicateReplies: 3 });
  });
});

describe('without a connection', () => {
  test('a request without a connection rejects at once with the reason, unless its policy is to wait', async () => {
    const talk = new Conversation();
    talk.peer.detach(broken);
    const rejected = watch(talk.peer.request('system.version'));
    const waiting = watch(talk.peer.request('system.version', undefined, { whenDisconnected: 'wait' }));
    await talk.clock.advance(0);
    expect(rejected.error).toMatchObject({ code: 'connection.lost', outcome: 'not-sent' });
    expect(waiting.state).toBe('pending');
    expect(talk.peer.pending()).toEqual([{ method: 'system.version', ageMs: 0, state: 'queued' }]);
    talk.attach();
    talk.answer(1, 'here');
    await talk.clock.advance(0);
    expect(waiting.value).toBe('here');
  });

  test('a request that waits in vain for a connection times out as not sent', async () => {
    const talk = new Conversation();
    const waiting = watch(talk.peer.request('system.version', undefined, { whenDisconnected: 'wait', timeoutMs: 100 }));
    await talk.clock.advance(99);
    expect(waiting.state).toBe('pending');
    await talk.clock.advance(1);
    expect(waiting.error).toMatchObject({ code: 'request.timeout', outcome: 'not-sent' });
    expect(waiting.error?.problem.detail).toContain('was never sent');
    expect(talk.peer.pending()).toEqual([]);
  });

  test('a notification without a connection is refused, not queued', () => {
    const talk = new Conversation();
    talk.peer.detach(broken);
    expect(() => talk.peer.notify('hello', {})).toThrow(
      expect.objectContaining({ code: 'connection.lost', outcome: 'not-sent' }),
    );
    talk.attach();
    expect(talk.wire.texts).toEqual([]);
  });

  test('a request after close rejects at once, whatever its policy', async () => {
    const talk = Conversation.open();
    talk.peer.close(closed);
    const reply = talk.peer.request('system.version', undefined, { whenDisconnected: 'wait' });
    await expect(reply).rejects.toMatchObject({ code: 'connection.closed', outcome: 'not-sent' });
  });
});
