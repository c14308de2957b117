import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isObject } from '../src/json.ts';
import { isConnectChallenge, isHelloOk } from '../src/openclaw-handshake.ts';
import { anything } from './arbitrary.ts';
import { openClawSamples } from './samples.ts';

describe('the challenge', () => {
  test.each([
    ['as measured', { nonce: '5d0f3a5e-5a39-4d55-9f0a-0a3c8a4f9c11', ts: 1795450167393 }, true],
    ['with capabilities, as 2026.9.6 adds', { nonce: 'n', ts: 1, capabilities: ['model-catalog-snapshot'] }, true],
    ['without a nonce', { ts: 1 }, false],
    ['with a number for its nonce', { nonce: 1, ts: 1 }, false],
    ['without a time', { nonce: 'n' }, false],
    ['with a time in words', { nonce: 'n', ts: '1' }, false],
    ['with a time before the epoch', { nonce: 'n', ts: -1 }, false],
    ['with a fraction in its time', { nonce: 'n', ts: 1.5 }, false],
    ['null', null, false],
    ['a list', [], false],
  ])('the challenge is judged correctly when it is %s', (_, value, expected) => {
    expect(isConnectChallenge(value)).toBe(expected);
  });
});

describe.each(openClawSamples)('hello-ok of OpenClaw $version', ({ helloOk, protocol }) => {
  test('hello-ok is accepted as recorded', () => {
    expect(isHelloOk(helloOk)).toBe(true);
    expect(helloOk).toMatchObject({ protocol });
  });

  test('tells what it offers and what it grants', () => {
    if (!isHelloOk(helloOk)) throw new Error('not a hello-ok');
    expect(helloOk.features.methods).toEqual(expect.arrayContaining(['health', 'status', 'chat.send', 'chat.history']));
    expect(helloOk.features.events).toEqual(expect.arrayContaining(['connect.challenge', 'tick', 'chat', 'shutdown']));
    expect(helloOk.policy.tickIntervalMs).toBe(30_000);
    // Protocol 3 says nothing of scopes to a client without a device.
    if (protocol >= 4) expect(helloOk.auth?.scopes).toContain('operator.read');
  });

  test.each([
    ['type'],
    ['protocol'],
    ['server'],
    ['features'],
    ['policy'],
    ['server.version'],
    ['server.connId'],
    ['features.methods'],
    ['features.events'],
    ['policy.maxPayload'],
    ['policy.maxBufferedBytes'],
    ['policy.tickIntervalMs'],
  ])('hello-ok is rejected without %s', (path) => {
    expect(isHelloOk(without(helloOk, path.split('.')))).toBe(false);
  });

  test.each<[string, unknown]>([
    ['type', 'hello'],
    ['protocol', '4'],
    ['protocol', 0],
    ['protocol', -4],
    ['server.version', 4],
    ['server.bootId', 4],
    ['features.methods', 'health'],
    ['features.methods', ['health', 1]],
    ['features.events', [null]],
    ['policy.maxPayload', 0],
    ['policy.maxPayload', -1],
    ['policy.maxBufferedBytes', '1'],
    ['policy.tickIntervalMs', Number.NaN],
    ['policy.tickIntervalMs', Number.POSITIVE_INFINITY],
    ['auth', 'operator'],
    ['auth', null],
    ['auth', { role: 1 }],
    ['auth', { scopes: 'operator.read' }],
    ['auth', { scopes: [1] }],
    ['auth', { deviceToken: {} }],
  ])('hello-ok is rejected when %s is %j', (path, value) => {
    expect(isHelloOk(replaced(helloOk, path.split('.'), value))).toBe(false);
  });

  test.each<[string, unknown]>([
    ['auth', {}],
    ['auth', { scopes: [] }],
    ['auth', { role: 'operator', scopes: ['operator.read'], deviceToken: 't' }],
    ['features.methods', []],
    ['somethingNew', { in: 'a later version' }],
  ])('hello-ok is accepted when %s is %j', (path, value) => {
    expect(isHelloOk(replaced(helloOk, path.split('.'), value))).toBe(true);
  });

  test('hello-ok with any value in place of a member never throws', () => {
    const text = JSON.stringify(helloOk);
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(helloOk)), anything, (key, value) => {
        expect(isHelloOk({ ...JSON.parse(text), [key]: value })).toBeTypeOf('boolean');
      }),
      { numRuns: 500 },
    );
  });
});

test('handshake guards never throw', () => {
  fc.assert(
    fc.property(anything, (value) => {
      expect(isHelloOk(value)).toBe(false);
      isConnectChallenge(value);
    }),
    { numRuns: 1000 },
  );
});

/** A copy that lacks the member at that path. */
function without(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined || !isObject(value)) throw new Error('no such path');
  const { [key]: member, ...others } = value;
  return rest.length === 0 ? others : { ...others, [key]: without(member, rest) };
}

/** A copy that has `next` at that path. */
function replaced(value: unknown, [key, ...rest]: readonly string[], next: unknown): unknown {
  if (key === undefined || !isObject(value)) throw new Error('no such path');
  return { ...value, [key]: rest.length === 0 ? next : replaced(value[key], rest, next) };
}
