import { expect, test } from 'vitest';
import { readCloseRefusal, readRefusal, supportedVersionsText } from '../../src/dialect/openclaw-refusal.ts';

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

test.each([
  ['AUTH_TOKEN_MISSING', { kind: 'token-missing', message: 'm' }],
  ['AUTH_PASSWORD_MISSING', { kind: 'token-missing', message: 'm' }],
  ['AUTH_TOKEN_MISMATCH', { kind: 'token-mismatch', message: 'm' }],
  ['AUTH_PASSWORD_MISMATCH', { kind: 'token-mismatch', message: 'm' }],
  ['AUTH_DEVICE_TOKEN_MISMATCH', { kind: 'token-mismatch', message: 'm' }],
  ['AUTH_BOOTSTRAP_TOKEN_INVALID', { kind: 'token-mismatch', message: 'm' }],
  ['AUTH_SCOPE_MISMATCH', { kind: 'scope-missing', missing: ['m'] }],
  ['DEVICE_AUTH_SIGNATURE_INVALID', { kind: 'signature-refused', message: 'm' }],
  ['AUTH_RATE_LIMITED', { kind: 'rate-limited' }],
  ['PAIRING_REQUIRED', { kind: 'pairing-required', message: 'm' }],
  ['NOT_PAIRED', { kind: 'pairing-required', message: 'm' }],
  ['DEVICE_IDENTITY_REQUIRED', { kind: 'device-required', message: 'm' }],
  ['CONTROL_UI_DEVICE_IDENTITY_REQUIRED', { kind: 'device-required', message: 'm' }],
  ['PROTOCOL_MISMATCH', { kind: 'protocol-mismatch', ours: supportedVersionsText, theirs: 'm' }],
  ['CLIENT_VERSION_MISMATCH', { kind: 'protocol-mismatch', ours: supportedVersionsText, theirs: 'm' }],
  ['MISSING_SCOPE', { kind: 'scope-missing', missing: ['m'] }],
  ['SOMETHING_NEW', { kind: 'rejected', code: 'SOMETHING_NEW', message: 'm' }],
])('the code %s in the details of an error means %j', (code, refusal) => {
  expect(readRefusal({ code: 'INVALID_REQUEST', message: 'm', details: { code } })).toStrictEqual(refusal);
});

test('a refusal for a missing scope names the scope that the gateway names', () => {
  const details = { code: 'MISSING_SCOPE', missingScope: 'operator.admin' };
  const refusal = readRefusal({ code: 'INVALID_REQUEST', message: 'm', details });
  expect(refusal).toStrictEqual({ kind: 'scope-missing', missing: ['operator.admin'] });
});

test.each([
  [1002, 'protocol mismatch (3 to 4)', 'protocol-mismatch'],
  [1002, 'a protocol mismatch', undefined],
  [1008, 'unauthorized: token missing', 'token-missing'],
  [1008, 'unauthorized: token mismatch', 'token-mismatch'],
  [1008, 'unauthorized: too many failed authentication attempts', 'rate-limited'],
  [1008, 'device token mismatch', 'token-mismatch'],
  [1008, 'pairing required', 'pairing-required'],
  [1008, 'unauthorized: for another reason', 'token-mismatch'],
  [1008, 'not unauthorized', undefined],
  [1008, 'device identity required', undefined],
  [1000, 'unauthorized: token missing', undefined],
])('the close %i "%s" repeats a refusal of kind %s', (code, reason, kind) => {
  expect(readCloseRefusal({ code, reason })?.kind).toBe(kind);
});

test('a close for another protocol says which versions we speak', () => {
  const refusal = { kind: 'protocol-mismatch', ours: supportedVersionsText, theirs: 'another version' };
  expect(readCloseRefusal({ code: 1002, reason: 'protocol mismatch' })).toStrictEqual(refusal);
});
