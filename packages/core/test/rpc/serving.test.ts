import { describe, expect, test } from 'vitest';
import { jsonRpcCodec } from '../../src/dialect/jsonrpc-codec.ts';
import { openClawCodec } from '../../src/dialect/openclaw-codec.ts';
import { RpcPeer } from '../../src/rpc/peer.ts';
import { RpcFault } from '../../src/rpc/serving.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { broken, Conversation, Recorder } from './conversation.ts';

describe('a request of the peer', () => {
  test('a request of the peer is answered by its handler, at once or later', async () => {
    const talk = Conversation.open();
    talk.peer.onRequest('add', (params) => (Array.isArray(params) ? params.length : 0));
    talk.peer.onRequest('later', async () => {
      await Promise.resolve();
      return { done: true };
    });
    talk.hear({ jsonrpc: '2.0', id: 'a', method: 'add', params: [1, 2] });
    talk.hear({ jsonrpc: '2.0', id: 0, method: 'later' });
    await talk.clock.advance(0);
    expect(talk.wire.take()).toEqual([
      { jsonrpc: '2.0', id: 'a', result: 2 },
      { jsonrpc: '2.0', id: 0, result: { done: true } },
    ]);
  });

  test.each([0, '', null, -5, 1.5, 'x'])('the answer to a request of the peer keeps the id %j', async (id) => {
    const talk = Conversation.open();
    talk.peer.onRequest('a', () => 1);
    talk.hear({ jsonrpc: '2.0', id, method: 'a' });
    await talk.clock.advance(0);
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', id, result: 1 }]);
  });

  test('a request without a handler is answered with -32601', () => {
    const talk = Conversation.open();
    talk.hear({ jsonrpc: '2.0', id: 7, method: 'nosuch' });
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', id: 7, error: { code: -32601, message: 'Method not found' } }]);
  });

  test('a handler that returns nothing answers null: a reply without a result would be invalid', async () => {
    const talk = Conversation.open();
    talk.peer.onRequest('a', () => undefined);
    talk.hear({ jsonrpc: '2.0', id: 1, method: 'a' });
    await talk.clock.advance(0);
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', id: 1, result: null }]);
  });

  test('a request whose handler throws is answered with -32603 and no details', async () => {
    const talk = Conversation.open();
    const secret = new Error('password hunter2 in /home/me');
    talk.peer.onRequest('a', () => {
      throw secret;
    });
    talk.peer.onRequest('b', () => ({ big: 1n }));
    talk.hear({ jsonrpc: '2.0', id: 1, method: 'a' });
    talk.hear({ jsonrpc: '2.0', id: 2, method: 'b' });
    await talk.clock.advance(0);
    expect(talk.wire.take()).toEqual([
      { jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error' } },
      { jsonrpc: '2.0', id: 2, error: { code: -32603, message: 'Internal error' } },
    ]);
    expect(talk.faults).toEqual([
      { error: secret, method: 'a' },
      { error: expect.any(TypeError), method: 'b' },
    ]);
  });

  test('an RpcFault is answered with its code, message and data', async () => {
    const talk = Conversation.open();
    talk.peer.onRequest('a', () => {
      throw new RpcFault(-32004, 'no such thing', { id: 'x' });
    });
    talk.hear({ jsonrpc: '2.0', id: 1, method: 'a' });
    await talk.clock.advance(0);
    const error = { code: -32004, message: 'no such thing', data: { id: 'x' } };
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', id: 1, error }]);
    expect(talk.faults).toEqual([]);
  });

  test('a request can be cancelled by the peer', async () => {
    const talk = Conversation.open();
    let aborted = false;
    talk.peer.onRequest('slow', (_, { signal }) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      signal.addEventListener('abort', () => {
        aborted = true;
        resolve('stopped');
      });
      return promise;
    });
    talk.hear({ jsonrpc: '2.0', id: 1, method: 'slow' });
    talk.hear({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 2 } });
    expect(aborted).toBe(false);
    talk.hear({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } });
    await talk.clock.advance(0);
    expect(aborted).toBe(true);
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', id: 1, result: 'stopped' }]);
    expect(talk.notifications).toEqual([]);
  });

  test('a request can be cancelled after another one with the same id was answered', async () => {
    const talk = Conversation.open();
    const signals: AbortSignal[] = [];
    const { promise, resolve } = Promise.withResolvers<string>();
    talk.peer.onRequest('quick', () => promise);
    talk.peer.onRequest('slow', (_, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    talk.hear({ jsonrpc: '2.0', id: 1, method: 'quick' });
    talk.hear({ jsonrpc: '2.0', id: 1, method: 'slow' });
    resolve('done');
    await talk.clock.advance(0);
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', id: 1, result: 'done' }]);
    talk.hear({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('an RpcFault without data is answered without data', async () => {
    const talk = Conversation.open();
    talk.peer.onRequest('a', () => {
      throw new RpcFault(-32_004, 'no such job');
    });
    talk.hear({ jsonrpc: '2.0', id: 1, method: 'a' });
    await talk.clock.advance(0);
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', id: 1, error: { code: -32004, message: 'no such job' } }]);
  });

  test('an RpcFault whose data JSON cannot say is answered with -32603, and the cause is reported', async () => {
    const talk = Conversation.open();
    talk.peer.onRequest('a', () => {
      throw new RpcFault(-32_000, 'odd', { big: 1n });
    });
    talk.hear({ jsonrpc: '2.0', id: 1, method: 'a' });
    await talk.clock.advance(0);
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error' } }]);
    expect(talk.faults).toEqual([{ error: expect.any(TypeError), method: 'a' }]);
  });

  test('a request is answered on its own connection or not at all', async () => {
    const talk = Conversation.open();
    const { promise, resolve } = Promise.withResolvers<string>();
    let signal: AbortSignal | undefined;
    talk.peer.onRequest('slow', (_, context) => {
      signal = context.signal;
      return promise;
    });
    talk.hear({ jsonrpc: '2.0', id: 1, method: 'slow' });
    talk.peer.detach(broken);
    expect(signal?.aborted).toBe(true);
    talk.attach();
    resolve('too late');
    await talk.clock.advance(0);
    expect(talk.wire.texts).toEqual([]);
  });

  test('a request beyond maxServing is refused until there is room', async () => {
    const talk = Conversation.open({ maxServing: 2 });
    const { promise, resolve } = Promise.withResolvers<string>();
    talk.peer.onRequest('slow', () => promise);
    for (const id of [1, 2, 3]) talk.hear({ jsonrpc: '2.0', id, method: 'slow' });
    expect(talk.wire.take()).toEqual([
      { jsonrpc: '2.0', id: 3, error: { code: -32000, message: 'Too many requests at once' } },
    ]);
    resolve('done');
    await talk.clock.advance(0);
    expect(talk.wire.take()).toHaveLength(2);
    talk.hear({ jsonrpc: '2.0', id: 4, method: 'slow' });
    await talk.clock.advance(0);
    expect(talk.wire.take()).toEqual([{ jsonrpc: '2.0', id: 4, result: 'done' }]);
  });

  test('every request of a peer that stops reading is answered once it reads again', async () => {
    const talk = Conversation.open({ highWaterMark: 100 });
    talk.peer.onRequest('a', () => 'x');
    talk.wire.bufferedAmount = 101;
    for (let id = 0; id < 50; id += 1) talk.hear({ jsonrpc: '2.0', id, method: id % 2 === 0 ? 'a' : 'nosuch' });
    talk.peer.receive('[{"jsonrpc":"2.0","id":50,"method":"a"},{"jsonrpc":"2.0","id":51,"method":"a"}]');
    talk.peer.receive('garbage');
    await talk.clock.advance(1_000);
    expect([talk.wire.texts.length, talk.peer.unanswered]).toEqual([0, 52]);
    talk.wire.bufferedAmount = 100;
    await talk.clock.advance(100);
    const ids = talk.wire.take().flatMap((frame) => (Array.isArray(frame) ? frame : [frame])) as {
      id: number | null;
    }[];
    expect(ids.map(({ id }) => id).toSorted((a, b) => Number(a) - Number(b))).toEqual([null, ...Array(52).keys()]);
    expect([talk.peer.counters.delayedAnswers, talk.peer.unanswered]).toEqual([52, 0]);
    expect(talk.wire.closed).toBeUndefined();
  });

  test('answers that wait leave one by one as the peer reads', async () => {
    const talk = Conversation.open({ highWaterMark: 100 });
    talk.peer.onRequest('a', () => 'x'.repeat(200));
    const { send } = talk.wire;
    talk.wire.send = (text) => {
      send.call(talk.wire, text);
      talk.wire.bufferedAmount += text.length;
    };
    for (const id of [1, 2, 3]) talk.hear({ jsonrpc: '2.0', id, method: 'a' });
    await talk.clock.advance(1_000);
    for (const id of [1, 2, 3]) {
      expect(talk.wire.take()).toMatchObject([{ id }]);
      talk.wire.bufferedAmount = 0;
      await talk.clock.advance(100);
    }
    expect(talk.wire.take()).toEqual([]);
  });

  test('a peer that never reads is disconnected before its answers pile up, and told why', async () => {
    const talk = Conversation.open({ highWaterMark: 100, maxServing: 10 });
    talk.peer.onRequest('a', () => 1);
    talk.wire.bufferedAmount = 101;
    for (let id = 0; id < 5_000; id += 1) talk.hear({ jsonrpc: '2.0', id, method: id % 2 === 0 ? 'a' : 'nosuch' });
    await talk.clock.advance(1_000);
    expect(talk.wire.texts).toEqual([]);
    expect(talk.wire.closed).toEqual({ code: 1013, reason: 'reads its answers too slowly' });
    expect(talk.clock.pendingTimers).toBe(0);
  });

  test('the newest handler of a method is used, and removing an older one changes nothing', async () => {
    const talk = Conversation.open();
    const offOld = talk.peer.onRequest('a', () => 'old');
    const offNew = talk.peer.onRequest('a', () => 'new');
    offOld();
    talk.hear({ jsonrpc: '2.0', id: 1, method: 'a' });
    await talk.clock.advance(0);
    offNew();
    talk.hear({ jsonrpc: '2.0', id: 2, method: 'a' });
    expect(talk.wire.take()).toMatchObject([{ result: 'new' }, { error: { code: -32601 } }]);
  });
});

test('a notification listener that throws is reported as a fault, and requests of the peer are counted', () => {
  const faults: unknown[] = [];
  const error = new Error('listener');
  const peer = new RpcPeer({
    clock: new SimulatedClock(),
    listener: {
      notification: () => {
        throw error;
      },
      fault: (...reported) => faults.push(reported),
    },
  });
  peer.attach(new Recorder(), jsonRpcCodec);
  peer.receive('{"jsonrpc":"2.0","method":"a"}');
  peer.receive('{"jsonrpc":"2.0","id":1,"method":"nosuch"}');
  expect(faults).toEqual([[error, 'notification']]);
  expect(peer.counters).toMatchObject({ notifications: 1, served: 1 });
});

test('an invalid frame of a dialect that answers none is handed on, and is no fault of ours', () => {
  const talk = new Conversation();
  talk.peer.attach(talk.wire, openClawCodec);
  talk.hear({ type: 'req', id: 7 });
  expect(talk.unclaimed).toEqual([{ type: 'req', id: 7 }]);
  expect(talk.faults).toEqual([]);
  expect(talk.wire.texts).toEqual([]);
  expect(talk.peer.counters.invalidFrames).toBe(1);
});

test('frames that nothing handles are no fault of a listener that does not ask for them', () => {
  const faults: unknown[] = [];
  const peer = new RpcPeer({
    clock: new SimulatedClock(),
    listener: { notification: () => undefined, fault: (error) => faults.push(error) },
  });
  peer.attach(new Recorder(), openClawCodec);
  for (const frame of [{ type: 'other' }, { type: 'req' }, { type: 'res', id: '1', ok: 'yes' }])
    peer.receive(JSON.stringify(frame));
  expect(faults).toEqual([]);
  expect(peer.counters).toMatchObject({ invalidFrames: 1, malformedReplies: 1 });
});

test('receive() never throws, even if listeners and the fault listener do', () => {
  const peer = new RpcPeer({
    clock: new SimulatedClock(),
    listener: {
      notification: () => {
        throw new Error('notification');
      },
      unhandled: () => {
        throw new Error('unhandled');
      },
      fault: () => {
        throw new Error('fault');
      },
    },
  });
  peer.attach(new Recorder(), jsonRpcCodec);
  for (const text of ['{"jsonrpc":"2.0","method":"a"}', 'garbage', '[{"jsonrpc":"2.0","method":"a"},7]']) {
    expect(() => peer.receive(text)).not.toThrow();
  }
  expect(peer.counters).toMatchObject({ notifications: 2, invalidFrames: 2 });
});
