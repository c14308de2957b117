import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startHandshake } from '../../src/dialect/auto.ts';
import { jsonRpcCodec } from '../../src/dialect/jsonrpc-codec.ts';
import { operatorScopes } from '../../src/dialect/openclaw.ts';
import { openClawCodec } from '../../src/dialect/openclaw-codec.ts';
import { recordedHello, recordedRefusals } from '../dialect/recorded.ts';
import { Conversation, closed, watch } from './conversation.ts';

/** How long each part goes on, ms. More time finds more, so a run of all tests takes more; `FUZZ_MS=600000` is a long night's work. */
const TIME_BOX = Number(process.env['FUZZ_MS'] ?? (process.env['DESKCLAW_TEST_ALL'] === '1' ? 3_000 : 600));
const box = { numRuns: 10_000_000, interruptAfterTimeLimit: TIME_BOX, markInterruptAsFailure: false } as const;

/** Frames as real peers sent them, and a few that only the specification knows. */
const seeds: readonly string[] = [
  ...recordedRefusals().map(({ error }) => JSON.stringify({ type: 'res', id: '1', ok: false, error })),
  JSON.stringify({ type: 'res', id: 'connect', ok: true, payload: recordedHello('2026.2.3-1') }),
  '{"type":"event","event":"connect.challenge","payload":{"nonce":"n","ts":1795450167393}}',
  '{"type":"event","event":"chat","payload":{"runId":"r","seq":3,"state":"delta","deltaText":"a"},"seq":7,"stateVersion":{"health":2}}',
  '{"type":"event","event":"tick","payload":{"ts":1795450197393},"seq":8}',
  '{"type":"res","id":"2","ok":true,"payload":{"runId":"r","status":"accepted"}}',
  '{"jsonrpc":"2.0","id":1,"result":{"ok":true}}',
  '{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"Method not found","data":{"a":[1]}}}',
  '{"jsonrpc":"2.0","id":"q","method":"add","params":[1,2]}',
  '{"jsonrpc":"2.0","method":"chat.message_received","params":{"runId":"r","text":"ü€𐍈"}}',
  '{"jsonrpc":"2.0","method":"$/progress","params":{"token":3,"value":{"percent":5}}}',
  '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"q"}}',
  '[{"jsonrpc":"2.0","id":1,"result":1},{"jsonrpc":"2.0","method":"add","id":9},[],7,null]',
];

/** Values that have broken parsers before. */
const troublesome = fc.constantFrom(
  '""',
  '0',
  '-1',
  '1e999',
  'null',
  'true',
  '{}',
  '[]',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '9007199254740993',
  '"\\u0000"',
  '"\\ud800"',
  '[[[[]]]]',
  '1.5',
  '"2.0"',
  'NaN',
  '',
);

type Edit = (text: string) => string;
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 20 })).map(
    ([at, length]): Edit =>
      (text) =>
        text.slice(0, at * text.length) + text.slice(at * text.length + length),
  ),
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.string({ unit: 'binary', maxLength: 5 })).map(
    ([at, insert]): Edit =>
      (text) =>
        text.slice(0, at * text.length) + insert + text.slice(at * text.length),
  ),
  // Replaces the value of one member, to exercise the type guards.
  fc.tuple(fc.nat(), troublesome).map(
    ([which, value]): Edit =>
      (text) => {
        const values = [...text.matchAll(/:("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)/g)];
        const match = values[which % Math.max(1, values.length)];
        if (match === undefined) return text;
        return `${text.slice(0, match.index + 1)}${value}${text.slice(match.index + match[0].length)}`;
      },
  ),
  fc.constant<Edit>((text) => text + text),
  fc.constant<Edit>((text) => `[${text},${text}]`),
);
const frame = fc
  .tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 4 }))
  .map(([seed, edits]) => edits.reduce((text, change) => change(text), seed));

describe('whatever a peer sends', () => {
  test('codecs read any frame without throwing', () => {
    fc.assert(
      fc.property(frame, (text) => {
        for (const codec of [jsonRpcCodec, openClawCodec]) expect(codec.read(text)).toHaveProperty('kind');
      }),
      box,
    );
  });

  test('handshakes answer any frame without throwing', () => {
    const client = { version: '1', platform: 'test' };
    const facts = { credentials: { token: 'T' }, client, scopes: operatorScopes };
    fc.assert(
      fc.property(
        fc.constantFrom('auto', 'jsonrpc', 'openclaw'),
        fc.array(frame, { maxLength: 6 }),
        (choice, frames) => {
          const handshake = startHandshake(choice, undefined, facts);
          handshake.begin();
          for (const text of frames) expect(handshake.receive(text)).toHaveProperty('kind');
          handshake.silent();
        },
      ),
      box,
    );
  });

  test.each([
    ['JSON-RPC', jsonRpcCodec],
    ['OpenClaw', openClawCodec],
  ])('a peer (%s) stands it: each request settles once, and what is kept is bounded', async (_, codec) => {
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 40 }), async (frames) => {
        const talk = new Conversation({ maxInFlight: 3, maxQueued: 3, maxServing: 4 });
        talk.peer.attach(talk.wire, codec);
        talk.peer.onRequest('add', (params) => (Array.isArray(params) ? params.length : 0));
        const replies = Array.from({ length: 5 }, () => watch(talk.peer.request('system.version')));
        for (const text of frames) expect(() => talk.peer.receive(text)).not.toThrow();
        await talk.clock.advance(0);
        const open = replies.filter(({ state }) => state === 'pending').length;
        expect(talk.peer.pending()).toHaveLength(open);
        // At most one answer for each message that came, and one cancellation for each request.
        expect(talk.wire.texts.length).toBeLessThanOrEqual(frames.length + 10);
        talk.peer.close(closed);
        await talk.clock.advance(0);
        expect(replies.filter(({ state }) => state === 'pending')).toEqual([]);
        expect(talk.peer.pending()).toEqual([]);
        expect(talk.clock.pendingTimers).toBe(0);
        const { results, errors, lost, requests } = talk.peer.counters;
        expect(results + errors + lost).toBe(requests);
      }),
      box,
    );
  });
});
