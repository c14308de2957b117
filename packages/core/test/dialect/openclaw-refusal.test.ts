import { expect, test } from 'vitest';
import { readRefusal, supportedVersionsText } from '../../src/dialect/openclaw-refusal.ts';

test.each([
  ['device identity required (no key)', 'device-required'],
  ['no device identity required', 'rejected'],
  ['pairing required (requestId: abc)', 'pairing-required'],
  ['no pairing required', 'rejected'],
  ['protocol mismatch (3 to 4)', 'protocol-mismatch'],
  ['a protocol mismatch', 'rejected'],
  ['device signature invalid (v3)', 'signature-refused'],
  ['a device signature invalid', 'rejected'],
])('the sentence "%s" of a gateway without codes is a refusal of kind %s', (message, kind) => {
  expect(readRefusal({ code: 'INVALID_REQUEST', message })).toMatchObject({ kind });
});

test.each([
  ['device nonce mismatch', 'DEVICE_AUTH_INVALID'],
  ['device signature expired', 'DEVICE_AUTH_INVALID'],
  ['device identity mismatch', 'DEVICE_AUTH_INVALID'],
  ['a device nonce mismatch', 'INVALID_REQUEST'],
])('the sentence "%s" of a gateway without codes is rejected with the code %s', (message, code) => {
  expect(readRefusal({ code: 'INVALID_REQUEST', message })).toStrictEqual({ kind: 'rejected', code, message });
});

test.each([
  [500, { retryAfterMs: 500 }],
  [0, { retryAfterMs: 0 }],
  [-1, {}],
  [Number.POSITIVE_INFINITY, {}],
  [undefined, {}],
])('retryAfterMs %s of a starting gateway is passed on as %j', (retryAfterMs, delay) => {
  const error = { code: 'UNAVAILABLE', message: 'm', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  expect(readRefusal(error)).toStrictEqual({ kind: 'starting', message: 'm', ...delay });
});

test.each([
  [
    { requestId: 'abc', reason: 'new' },
    { requestId: 'abc', reason: 'new' },
  ],
  [{ requestId: 'two words' }, {}],
  [{ requestId: 7, reason: 7 }, {}],
  [{ requestId: 'x'.repeat(129) }, {}],
])('a pairing refusal with details %j names %j', (details, named) => {
  const error = { code: 'NOT_PAIRED', message: 'pair first', details };
  expect(readRefusal(error)).toStrictEqual({ kind: 'pairing-required', message: 'pair first', ...named });
});

test.each([
  [5, '5'],
  ['5', 'other protocol'],
])('a protocol refusal with expectedProtocol %j says that the gateway speaks "%s"', (expectedProtocol, theirs) => {
  const error = { code: 'PROTOCOL_MISMATCH', message: 'other protocol', details: { expectedProtocol } };
  expect(readRefusal(error)).toStrictEqual({ kind: 'protocol-mismatch', ours: supportedVersionsText, theirs });
});
