import { describe, expect, test } from 'vitest';
import {
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
