import { describe, expect, test } from 'vitest';
import { Conversation, watch } from './conversation.ts';

describe('deadlines', () => {
  test('each request has its own deadline, exact to the millisecond, on one timer', async () => {
    const talk = Conversation.open();
    const slow = watch(talk.peer.request('system.version', undefined, { timeoutMs: 300 }));
    const fast = watch(talk.peer.request('system.version', undefined, { timeoutMs: 100 }));
    const middle = watch(talk.peer.request('system.version', undefined, { timeoutMs: 200 }));
    expect(talk.clock.pendingTimers).toBe(1);
    await talk.clock.advance(99);
    expect([fast.state, middle.state, slow.state]).toEqual(['pending', 'pending', 'pending']);
    await talk.clock.advance(1);
    expect([fast.state, middle.state, slow.state]).toEqual(['rejected', 'pending', 'pending']);
    await talk.clock.advance(100);
    expect([middle.state, slow.state]).toEqual(['rejected', 'pending']);
    await talk.clock.advance(100);
    expect(slow.error).toMatchObject({ code: 'request.timeout', outcome: 'unknown' });
    expect(talk.clock.pendingTimers).toBe(0);
    expect(talk.peer.counters.timedOut).toBe(3);
  });

  test('the default deadline of a request is 30 s', async () => {
    const talk = Conversation.open();
    const reply = watch(talk.peer.request('system.version'));
    await talk.clock.advance(29_999);
    expect(reply.state).toBe('pending');
    await talk.clock.advance(1);
    expect(reply.error?.problem.detail).toBe(
      'No answer to "system.version" within 30 s. Whether it took effect is unknown.',
    );
  });

  test('a request that timed out is cancelled at the peer, and its late reply counted', async () => {
    const talk = Conversation.open();
    void watch(talk.peer.request('system.version', undefined, { timeoutMs: 10 }));
    talk.wire.take();
    await talk.clock.advance(10);
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } }]);
    talk.answer(1, 'late');
    expect(talk.peer.counters).toMatchObject({ timedOut: 1, lateReplies: 1, results: 0 });
  });

  test('progress is reported and restarts the deadline, up to the total limit', async () => {
    const talk = Conversation.open();
    const reported: unknown[] = [];
    const options = { timeoutMs: 100, maxTotalMs: 250, onProgress: (value: unknown) => reported.push(value) };
    const reply = watch(talk.peer.request<string>('skills.install', {}, options));
    for (const at of [80, 160, 240]) {
      await talk.clock.advance(80);
      talk.hear({ jsonrpc: '2.0', method: '$/progress', params: { token: 1, value: at } });
      expect(reply.state).toBe('pending');
    }
    await talk.clock.advance(9);
    expect(reply.state).toBe('pending');
    await talk.clock.advance(1);
    expect(reply.error).toMatchObject({ code: 'request.timeout' });
    expect(reported).toEqual([80, 160, 240]);
  });

  test('progress for an unknown request and a progress listener that throws disturb nothing', async () => {
    const talk = Conversation.open();
    const fault = new Error('listener');
    const options = {
      onProgress: () => {
        throw fault;
      },
    };
    const reply = watch(talk.peer.request<string>('a', {}, options));
    talk.hear({ jsonrpc: '2.0', method: '$/progress', params: { token: 99, value: 1 } });
    talk.hear({ jsonrpc: '2.0', method: '$/progress', params: { token: 1, value: 1 } });
    talk.answer(1, 'done');
    await talk.clock.advance(0);
    expect(reply.value).toBe('done');
    expect(talk.faults).toEqual([{ error: fault, method: 'a' }]);
  });

  test.each(['counted', 'stopped'] as const)(
    'sleep is not the time of the peer (monotonic clock %s)',
    async (monotonic) => {
      const talk = Conversation.open();
      const reply = watch(talk.peer.request('system.version', undefined, { timeoutMs: 1_000 }));
      await talk.clock.advance(500);
      talk.clock.sleep(3_600_000, monotonic);
      await talk.clock.advance(0);
      expect(reply.state).toBe('pending');
      await talk.clock.advance(400);
      expect(reply.state).toBe('pending');
      await talk.clock.advance(600);
      expect(reply.error).toMatchObject({ code: 'request.timeout' });
    },
  );
});

describe('cancellation', () => {
  test('an abort rejects at once with the reason, tells the peer, and drops the reply', async () => {
    const talk = Conversation.open();
    const controller = new AbortController();
    const reply = watch(talk.peer.request('system.version', undefined, { signal: controller.signal }));
    talk.wire.take();
    const reason = new Error('the window was closed');
    controller.abort(reason);
    await talk.clock.advance(0);
    expect(reply.error).toMatchObject({ code: 'request.cancelled', outcome: 'unknown', cause: reason });
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } }]);
    talk.answer(1, 'late');
    expect(talk.peer.counters).toMatchObject({ cancelled: 1, lateReplies: 1, results: 0 });
    expect(talk.peer.pending()).toEqual([]);
  });

  test('an abort before the call sends nothing', async () => {
    const talk = Conversation.open();
    const reply = talk.peer.request('system.version', undefined, { signal: AbortSignal.abort() });
    await expect(reply).rejects.toMatchObject({ code: 'request.cancelled', outcome: 'not-sent' });
    expect(talk.wire.texts).toEqual([]);
  });

  test('an abort of a queued request sends nothing', async () => {
    const talk = new Conversation();
    const controller = new AbortController();
    const options = { signal: controller.signal, whenDisconnected: 'wait' } as const;
    const reply = watch(talk.peer.request('system.version', undefined, options));
    controller.abort();
    await talk.clock.advance(0);
    expect(reply.error).toMatchObject({ code: 'request.cancelled', outcome: 'not-sent' });
    talk.attach();
    expect(talk.wire.texts).toEqual([]);
  });

  test('an abort after the answer does nothing, and no listener is left on the signal', async () => {
    const talk = Conversation.open();
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const counting = new Proxy(signal, {
      get: (target, key) => {
        if (key === 'addEventListener')
          return (...args: Parameters<AbortSignal['addEventListener']>) => {
            listeners += 1;
            target.addEventListener(...args);
          };
        if (key === 'removeEventListener')
          return (...args: Parameters<AbortSignal['removeEventListener']>) => {
            listeners -= 1;
            target.removeEventListener(...args);
          };
        const value: unknown = Reflect.get(target, key, target);
        return value;
      },
    });
    const reply = watch(talk.peer.request('system.version', undefined, { signal: counting }));
    expect(listeners).toBe(1);
    talk.answer(1, 'done');
    await talk.clock.advance(0);
    expect(listeners).toBe(0);
    controller.abort();
    await talk.clock.advance(0);
    expect(reply.value).toBe('done');
    expect(talk.peer.counters.cancelled).toBe(0);
  });
});
