import { describe, expect, test } from 'vitest';
import {
  cleanSession,
  redactClose,
  redactError,
  redactNotice,
  redactorFor,
  redactRefusal,
} from '../../src/connection/redact-peer.ts';
import type { Refusal } from '../../src/dialect/refusal.ts';

const SECRET = 'sesame-7f3a';
const redactor = redactorFor({ token: SECRET }, { password: `${SECRET}-and-more` });
const said = `you said ${SECRET}`;

describe('redactRefusal', () => {
  const refusals: readonly Refusal[] = [
    { kind: 'token-missing', message: said },
    { kind: 'token-mismatch', message: said },
    { kind: 'pairing-required', message: said, requestId: SECRET, reason: said },
    { kind: 'signature-refused', message: said },
    { kind: 'device-required', message: said },
    { kind: 'device-revoked', message: said },
    { kind: 'device-invalid', detail: said },
    { kind: 'scope-missing', missing: [said, 'operator.read'] },
    { kind: 'protocol-mismatch', ours: '3 to 4', theirs: said },
    { kind: 'starting', message: said, retryAfterMs: 5 },
    { kind: 'rejected', code: `BAD_${SECRET}`, message: said, retryAfterMs: 5 },
    { kind: 'invalid-frame', detail: said },
  ];
  test.each(refusals)('a refusal of kind $kind holds no secret afterwards', (refusal) => {
    const redacted = redactRefusal(redactor, refusal);
    expect(JSON.stringify(redacted)).not.toContain('sesame');
    expect(redacted.kind).toBe(refusal.kind);
  });

  test('a refusal without a secret stays as it is', () => {
    const pairing = { kind: 'pairing-required', message: 'm', requestId: 'r-1', reason: 'scope-upgrade' } as const;
    expect(redactRefusal(redactor, pairing)).toEqual(pairing);
    const limited = { kind: 'rate-limited', retryAfterMs: 900 } as const;
    expect(redactRefusal(redactor, limited)).toEqual(limited);
  });
});

test('redactClose masks the secret in the close reason and in the message of a failure', () => {
  const end = { code: 1008, reason: said, failure: { kind: 'other', message: said } } as const;
  expect(redactClose(redactor, end)).toEqual({
    code: 1008,
    reason: 'you said [redacted]',
    failure: { kind: 'other', message: 'you said [redacted]' },
  });
});

test('redactNotice masks the secret in the reason of a shutdown', () => {
  const notice = { reason: said, restartExpectedMs: 10 };
  expect(redactNotice(redactor, notice)).toEqual({ reason: 'you said [redacted]', restartExpectedMs: 10 });
});

test('redactError masks the secret in message and data, and adds no data where there is none', () => {
  expect(redactError(redactor, { code: -32000, message: said, data: { [SECRET]: [said, 1] } })).toEqual({
    code: -32000,
    message: 'you said [redacted]',
    data: { '[redacted]': ['you said [redacted]', 1] },
  });
  expect(redactError(redactor, { code: 'X', message: 'm' })).toEqual({ code: 'X', message: 'm' });
});

describe('what a peer says is bounded', () => {
  const long = 'x'.repeat(100_000);

  test('texts are cut to 2 KiB, data to 64 Ki characters, and scopes to 32', () => {
    const error = redactError(redactor, { code: long, message: long, data: { text: long } });
    expect(error.message.length).toBeLessThan(2_200);
    expect(String(error.code).length).toBeLessThan(2_200);
    expect(JSON.stringify(error.data).length).toBeLessThan(70_000);
    expect(JSON.stringify(error.data).length).toBeGreaterThan(50_000);
    expect(redactNotice(redactor, { reason: long }).reason.length).toBeLessThan(2_200);
    const missing = Array.from({ length: 50 }, (_, index) => `scope.${String(index)}`);
    const refusal = redactRefusal(redactor, { kind: 'scope-missing', missing });
    expect(refusal).toEqual({ kind: 'scope-missing', missing: missing.slice(0, 32) });
  });

  test('control characters are removed from texts', () => {
    const { reason } = redactClose(redactor, { code: 1000, reason: 'a\u0007b\u001b[31mc' });
    for (const control of ['\u0007', '\u001b']) expect(reason).not.toContain(control);
    expect(reason).toMatch(/a.*b.*c/);
  });

  test('names of a session are one line each, and cut', () => {
    const name = `echo\nevil ${long}`;
    const session = cleanSession({
      dialect: 'openclaw',
      version: name,
      methods: [name, 'ok'],
      events: [name],
      scopes: [name],
      missingScopes: [name],
    });
    for (const each of [
      session.version,
      session.methods?.[0],
      session.events?.[0],
      session.scopes?.[0],
      session.missingScopes?.[0],
    ]) {
      expect(each).toMatch(/^echo.?evil x+/);
      expect(each?.length).toBeLessThan(300);
    }
    expect(session.methods?.[1]).toBe('ok');
  });

  test('a session without names gets none', () => {
    expect(cleanSession({ dialect: 'jsonrpc' })).toStrictEqual({ dialect: 'jsonrpc' });
  });
});

test('refusals whose text is our own are left as they are', () => {
  const own: readonly Refusal[] = [
    { kind: 'rate-limited', retryAfterMs: 1 },
    { kind: 'other-dialect', speaks: 'jsonrpc' },
    { kind: 'device-locked', cause: 'refused', reason: said },
    { kind: 'device-lost', found: 'nothing', id: SECRET, path: '/d' },
  ];
  for (const refusal of own) expect(redactRefusal(redactor, refusal)).toBe(refusal);
});

test('redactRefusal keeps everything of a refusal that is no text of the peer', () => {
  const refusals: readonly Refusal[] = [
    { kind: 'token-missing', message: 'm' },
    { kind: 'token-mismatch', message: 'm' },
    { kind: 'pairing-required', message: 'm' },
    { kind: 'pairing-required', message: 'm', requestId: 'r' },
    { kind: 'signature-refused', message: 'm' },
    { kind: 'device-required', message: 'm' },
    { kind: 'device-revoked', message: 'm' },
    { kind: 'device-invalid', detail: 'd' },
    { kind: 'protocol-mismatch', ours: '3', theirs: '4' },
    { kind: 'starting', message: 'm', retryAfterMs: 5 },
    { kind: 'rejected', code: 5, message: 'm', retryAfterMs: 5 },
    { kind: 'invalid-frame', detail: 'd' },
  ];
  for (const refusal of refusals) expect(redactRefusal(redactor, refusal)).toStrictEqual(refusal);
});

test('T8: texts of a peer are cleaned, then masked, and cut to 2 KB; data of an error to 64 KB', () => {
  const hidden = `${SECRET.slice(0, 4)}\u200b${SECRET.slice(4)}\u001b[2J`;
  expect(redactNotice(redactor, { reason: `x ${hidden}` })).toEqual({ reason: 'x [redacted]' });
  const long = 'no '.repeat(3_000_000);
  const { message, data } = redactError(redactor, { code: 1, message: long, data: { list: [long, long] } });
  expect(message).toMatch(/^no no .* … \(\d+ more characters\)$/);
  expect(message.length).toBeLessThan(2_200);
  expect(JSON.stringify(data).length).toBeLessThan(66_000);
  const refused = redactRefusal(redactor, { kind: 'rejected', code: long, message: long });
  expect(JSON.stringify(refused).length).toBeLessThan(4_400);
});

test('T8: names that a peer states at login are one line each, cleaned and cut', () => {
  const session = { dialect: 'jsonrpc', version: '1\u001b[2J\n2\u202e', methods: ['a\nb', 'm'.repeat(1_000)] } as const;
  const { version, methods } = cleanSession(session);
  expect(version).toBe('1 2');
  expect(methods?.[0]).toBe('a b');
  expect(methods?.[1]?.length).toBeLessThan(300);
});
