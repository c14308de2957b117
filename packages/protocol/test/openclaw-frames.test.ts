import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isObject } from '../src/json.ts';
import {
  isOpenClawError,
  isOpenClawEvent,
  isOpenClawRequest,
  isOpenClawResponse,
  OPENCLAW_PROTOCOL,
} from '../src/openclaw-frames.ts';
import { anything } from './arbitrary.ts';
import { openClawSamples } from './samples.ts';

function shapes(value: unknown): string[] {
  return [
    ...(isOpenClawRequest(value) ? ['req'] : []),
    ...(isOpenClawResponse(value) ? ['res'] : []),
    ...(isOpenClawEvent(value) ? ['event'] : []),
  ];
}

describe.each(openClawSamples)('the frames of OpenClaw $version', ({ protocol, frames, connectErrors }) => {
  test('every frame is seen as what it says it is', () => {
    expect(frames.length).toBeGreaterThan(5);
    for (const frame of frames) {
      const type = isObject(frame) ? frame['type'] : undefined;
      expect([frame, shapes(frame)]).toEqual([frame, [type]]);
    }
  });

  test('there are answers of both kinds and events of several', () => {
    const responses = frames.filter(isOpenClawResponse);
    expect(new Set(responses.map((response) => response.ok))).toEqual(new Set([true, false]));
    const events = frames.filter(isOpenClawEvent).map((event) => event.event);
    expect(events).toEqual(expect.arrayContaining(['chat', 'agent']));
  });

  test('a refused answer has its error', () => {
    for (const response of frames.filter(isOpenClawResponse)) {
      if (response.ok) continue;
      expect(response.error.code).toMatch(/^[A-Z_]+$/);
      expect(response.error.message).not.toBe('');
    }
  });

  test('events of a connection are numbered', () => {
    for (const event of frames.filter(isOpenClawEvent)) expect(event.seq ?? 1).toBeGreaterThan(0);
  });

  test('every refusal of a connect is an error of ours', () => {
    expect(connectErrors.length).toBeGreaterThan(1);
    for (const error of connectErrors) expect([error, isOpenClawError(error)]).toEqual([error, true]);
  });

  test('the recorded protocol is within the supported range', () => {
    expect(protocol).toBeGreaterThanOrEqual(OPENCLAW_PROTOCOL.min);
    expect(protocol).toBeLessThanOrEqual(OPENCLAW_PROTOCOL.max);
  });
});

test('a gateway that is starting names the time to wait', () => {
  const starting = openClawSamples
    .flatMap((samples) => samples.connectErrors)
    .filter(isOpenClawError)
    .find((error) => error.code === 'UNAVAILABLE');
  expect(starting).toMatchObject({ retryable: true, retryAfterMs: 500, details: { reason: 'startup-sidecars' } });
});

describe('requests', () => {
  test.each([
    ['bare', { type: 'req', id: '1', method: 'health' }, true],
    ['with params of any kind', { type: 'req', id: '1', method: 'x', params: 'text' }, true],
    ['with an empty id', { type: 'req', id: '', method: 'x' }, true],
    ['with a number for its id', { type: 'req', id: 1, method: 'x' }, false],
    ['without an id', { type: 'req', method: 'x' }, false],
    ['without a method', { type: 'req', id: '1' }, false],
    ['with a method that is null', { type: 'req', id: '1', method: null }, false],
    ['with another type', { type: 'request', id: '1', method: 'x' }, false],
    ['of JSON-RPC', { jsonrpc: '2.0', id: '1', method: 'x' }, false],
  ])('isOpenClawRequest judges a request that is %s', (_, frame, expected) => {
    expect(isOpenClawRequest(frame)).toBe(expected);
  });
});

describe('responses', () => {
  const error = { code: 'INVALID_REQUEST', message: 'no' };
  test.each([
    ['good, with a payload', { type: 'res', id: '1', ok: true, payload: { a: 1 } }, true],
    ['good, without one', { type: 'res', id: '1', ok: true }, true],
    ['good, with a null payload', { type: 'res', id: '1', ok: true, payload: null }, true],
    ['bad, with its error', { type: 'res', id: '1', ok: false, error }, true],
    ['bad, with error and payload', { type: 'res', id: '1', ok: false, error, payload: {} }, true],
    ['bad, without an error', { type: 'res', id: '1', ok: false }, false],
    ['bad, with an error in words', { type: 'res', id: '1', ok: false, error: 'no' }, false],
    ['neither good nor bad', { type: 'res', id: '1' }, false],
    ['good in words', { type: 'res', id: '1', ok: 'true' }, false],
    ['with a number for its id', { type: 'res', id: 1, ok: true }, false],
    ['without an id', { type: 'res', ok: true }, false],
    ['of JSON-RPC', { jsonrpc: '2.0', id: '1', result: 1 }, false],
  ])('isOpenClawResponse judges a response that is %s', (_, frame, expected) => {
    expect(isOpenClawResponse(frame)).toBe(expected);
  });
});

describe('errors', () => {
  const bare = { code: 'UNAVAILABLE', message: 'starting' };
  test.each([
    ['bare', bare, true],
    ['with details of any kind', { ...bare, details: ['x'] }, true],
    ['retryable or not', { ...bare, retryable: false }, true],
    ['with a time to wait', { ...bare, retryAfterMs: 500 }, true],
    ['with no time to wait', { ...bare, retryAfterMs: 0 }, true],
    ['with a time to wait in words', { ...bare, retryAfterMs: '500' }, false],
    ['with a time to wait in the past', { ...bare, retryAfterMs: -1 }, false],
    ['with a time to wait without end', { ...bare, retryAfterMs: Number.POSITIVE_INFINITY }, false],
    ['retryable in words', { ...bare, retryable: 'yes' }, false],
    ['with a number for its code', { ...bare, code: -32000 }, false],
    ['without a message', { code: 'X' }, false],
    ['null', null, false],
  ])('isOpenClawError judges an error that is %s', (_, value, expected) => {
    expect(isOpenClawError(value)).toBe(expected);
  });
});

describe('events', () => {
  test.each([
    ['bare', { type: 'event', event: 'tick' }, true],
    ['numbered', { type: 'event', event: 'chat', payload: {}, seq: 7 }, true],
    ['with a state version of any kind', { type: 'event', event: 'health', stateVersion: { health: 3 } }, true],
    ['numbered with a fraction', { type: 'event', event: 'chat', seq: 1.5 }, false],
    ['numbered in words', { type: 'event', event: 'chat', seq: '7' }, false],
    ['numbered null', { type: 'event', event: 'chat', seq: null }, false],
    ['without a name', { type: 'event', payload: {} }, false],
    ['of JSON-RPC', { jsonrpc: '2.0', method: 'chat' }, false],
  ])('isOpenClawEvent judges an event that is %s', (_, frame, expected) => {
    expect(isOpenClawEvent(frame)).toBe(expected);
  });
});

test('nothing has two shapes, and no guard throws on anything', () => {
  fc.assert(
    fc.property(anything, (value) => {
      expect(shapes(value).length).toBeLessThanOrEqual(1);
      isOpenClawError(value);
    }),
    { numRuns: 2000 },
  );
});

test('a near miss is judged by its type alone', () => {
  const member = fc.oneof(fc.jsonValue(), fc.constantFrom('req', 'res', 'event', true, false, 'x'));
  const nearMiss = fc.record(
    { type: member, id: member, method: member, ok: member, error: member, event: member, seq: member },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(nearMiss, (value) => {
      for (const shape of shapes(value)) expect(shape).toBe(value.type);
    }),
    { numRuns: 2000 },
  );
});
