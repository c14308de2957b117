import { describe, expect, test } from 'vitest';
import { openClawCodec } from '../../src/dialect/openclaw-codec.ts';
import type { PeerInfo } from '../../src/rpc/frame-writer.ts';
import type { RequestOptions } from '../../src/rpc/options.ts';
import { broken, Conversation, watch } from '../rpc/conversation.ts';

/**
 * `agent` again, with the key it had: 2026.5 and 2026.9 answer `in_flight`, 2026.2 `accepted` once more. The final answer goes
 * to the connection that had asked first, and to no other.
 */
function asked(options: RequestOptions = {}) {
  const talk = new Conversation();
  talk.peer.attach(talk.wire, openClawCodec);
  const reply = watch(talk.peer.request<string>('agent', { message: 'hi' }, { idempotencyKey: 'r', ...options }));
  talk.wire.take();
  return { talk, reply };
}
function again(options: RequestOptions = {}, facts: PeerInfo = {}) {
  const { talk, reply } = asked(options);
  talk.peer.detach(broken);
  talk.peer.attach(talk.wire, openClawCodec, facts);
  expect(talk.wire.take()).toMatchObject([{ id: '2', method: 'agent' }]);
  return { talk, reply };
}
function answer(talk: Conversation, id: string, payload: unknown): void {
  talk.hear({ type: 'res', id, ok: true, payload });
}
const waits = (id: string) => [{ type: 'req', id, method: 'agent.wait', params: { runId: 'r', timeoutMs: 20_000 } }];
const inFlight = { runId: 'r', status: 'in_flight' };

describe('a run that goes on while its connection was lost', () => {
  test.each([
    ['2026.5 and 2026.9', inFlight],
    ['2026.2', { runId: 'r', status: 'accepted' }],
  ])(
    'a run that continued over a lost connection is awaited by its id, and its end is the answer (%s)',
    async (_, first) => {
      const { talk, reply } = again();
      answer(talk, '2', first);
      await talk.clock.advance(0);
      expect(talk.wire.take()).toEqual(waits('3'));
      expect(reply.state).toBe('pending');
      await talk.clock.advance(20_000);
      answer(talk, '3', { runId: 'r', status: 'timeout' });
      await talk.clock.advance(0);
      expect(talk.wire.take()).toEqual(waits('4'));
      answer(talk, '4', { runId: 'r', status: 'ok', startedAt: 1, endedAt: 2 });
      await talk.clock.advance(0);
      expect(reply.value).toEqual({ runId: 'r', status: 'ok', startedAt: 1, endedAt: 2 });
      expect(talk.peer.pending()).toEqual([]);
    },
  );

  test('a run that failed rejects with the message of the gateway', async () => {
    const { talk, reply } = again();
    answer(talk, '2', inFlight);
    await talk.clock.advance(0);
    answer(talk, '3', { runId: 'r', status: 'error', error: 'HTTP 400 of the model' });
    await talk.clock.advance(0);
    expect(reply.error).toMatchObject({ code: 'rpc.error', outcome: 'answered', rpc: { code: 'UNAVAILABLE' } });
    expect(reply.error?.problem.detail).toContain('HTTP 400 of the model');
  });

  test('a run is awaited again when the gateway was too busy to answer in time', async () => {
    const { talk, reply } = again();
    answer(talk, '2', inFlight);
    await talk.clock.advance(0);
    expect(talk.wire.take()).toEqual(waits('3'));
    await talk.clock.advance(30_000);
    expect(talk.wire.take()).toEqual(waits('4'));
    answer(talk, '4', { runId: 'r', status: 'ok' });
    await talk.clock.advance(0);
    expect(reply.value).toEqual({ runId: 'r', status: 'ok' });
  });

  test('the final answer of the run settles the call when it comes, and nothing after it', async () => {
    const { talk, reply } = again();
    answer(talk, '2', { runId: 'r', status: 'accepted' });
    answer(talk, '2', { runId: 'r', status: 'ok', result: 'done' });
    await talk.clock.advance(0);
    expect(reply.value).toEqual({ runId: 'r', status: 'ok', result: 'done' });
    answer(talk, '3', { runId: 'r', status: 'error', error: 'late' });
    await talk.clock.advance(100_000);
    expect(talk.wire.take()).toEqual(waits('3'));
  });

  test('a run over a second lost connection is requested again, and the earlier poll changes nothing', async () => {
    const { talk, reply } = again();
    answer(talk, '2', inFlight);
    await talk.clock.advance(0);
    talk.wire.take();
    talk.peer.detach(broken);
    talk.peer.attach(talk.wire, openClawCodec);
    await talk.clock.advance(0);
    expect(talk.wire.take()).toMatchObject([{ id: '4', method: 'agent' }]);
    answer(talk, '4', inFlight);
    await talk.clock.advance(0);
    expect(talk.wire.take()).toEqual(waits('5'));
    answer(talk, '3', { runId: 'r', status: 'timeout' });
    await talk.clock.advance(20_000);
    expect(talk.wire.take()).toEqual([]);
    answer(talk, '5', { runId: 'r', status: 'ok' });
    await talk.clock.advance(0);
    expect(reply.value).toEqual({ runId: 'r', status: 'ok' });
  });

  test('a run whose call was cancelled is polled no more', async () => {
    const controller = new AbortController();
    const { talk, reply } = again({ signal: controller.signal });
    answer(talk, '2', inFlight);
    await talk.clock.advance(0);
    talk.wire.take();
    controller.abort();
    await talk.clock.advance(20_000);
    answer(talk, '3', { runId: 'r', status: 'timeout' });
    await talk.clock.advance(0);
    expect(reply.error).toMatchObject({ code: 'request.cancelled' });
    expect(talk.wire.take()).toEqual([]);
  });

  test('the end of a run whose call was cancelled meanwhile is no late reply', async () => {
    const controller = new AbortController();
    const { talk } = again({ signal: controller.signal });
    answer(talk, '2', inFlight);
    await talk.clock.advance(0);
    controller.abort();
    answer(talk, '3', { runId: 'r', status: 'ok' });
    await talk.clock.advance(0);
    expect(talk.peer.counters).toMatchObject({ results: 1, lateReplies: 0, duplicateReplies: 0 });
  });

  test.each([
    ['has no name', { status: 'in_flight' }, 0],
    ['cannot be waited for', inFlight, 1],
  ])('a run that %s is bounded by maxTotalMs', async (_, first, asksOfWaiting) => {
    const { talk, reply } = again({ maxTotalMs: 60_000 });
    answer(talk, '2', first);
    await talk.clock.advance(0);
    expect(talk.wire.take()).toHaveLength(asksOfWaiting);
    talk.hear({
      type: 'res',
      id: '3',
      ok: false,
      error: { code: 'INVALID_REQUEST', message: 'unknown method: agent.wait' },
    });
    await talk.clock.advance(59_000);
    expect([reply.state, talk.wire.take()]).toEqual(['pending', []]);
    await talk.clock.advance(1_000);
    expect(reply.error).toMatchObject({ code: 'request.timeout', outcome: 'unknown' });
  });

  test('a gateway that says "not yet" without waiting is not polled in a loop', async () => {
    const { talk, reply } = again();
    answer(talk, '2', inFlight);
    await talk.clock.advance(0);
    expect(talk.wire.take()).toEqual(waits('3'));
    answer(talk, '3', { runId: 'r', status: 'timeout' });
    await talk.clock.advance(100_000);
    expect([reply.state, talk.wire.take()]).toEqual(['pending', []]);
  });
});

test('a gateway that restarted accepts the run again, and its own final answer settles the call', async () => {
  const { talk, reply } = again({}, { marksDuplicates: true });
  answer(talk, '2', { runId: 'r', status: 'accepted' });
  await talk.clock.advance(60_000);
  expect([reply.state, talk.wire.take()]).toEqual(['pending', []]);
  answer(talk, '2', { runId: 'r', status: 'ok', result: 'done' });
  await talk.clock.advance(0);
  expect(reply.value).toEqual({ runId: 'r', status: 'ok', result: 'done' });
});

test('a run that another client started under the same key is awaited as well', async () => {
  const { talk, reply } = asked();
  answer(talk, '1', inFlight);
  await talk.clock.advance(0);
  expect(talk.wire.take()).toEqual(waits('2'));
  answer(talk, '2', { runId: 'r', status: 'ok' });
  await talk.clock.advance(0);
  expect(reply.value).toEqual({ runId: 'r', status: 'ok' });
});

test('a run that the first request started is not polled: its final answer comes by itself', async () => {
  const { talk } = asked();
  answer(talk, '1', { runId: 'r', status: 'accepted' });
  await talk.clock.advance(60_000);
  expect(talk.wire.take()).toEqual([]);
});

test('a call without expectFinal resolves with "in flight"', async () => {
  const { talk, reply } = asked({ expectFinal: false });
  answer(talk, '1', inFlight);
  await talk.clock.advance(0);
  expect(reply.value).toEqual(inFlight);
});
