import { describe, expect, test } from 'vitest';
import { Concealer } from '../../src/connection/conceal.ts';
import type { Refusal } from '../../src/dialect/refusal.ts';

const SECRET = 'sesame-7f3a';
const concealer = new Concealer({ token: SECRET }, { password: `${SECRET}-and-more` });
const said = `you said ${SECRET}`;

describe('nothing of a refusal holds the secret', () => {
  const refusals: readonly Refusal[] = [
    { kind: 'token-missing', message: said },
    { kind: 'token-mismatch', message: said },
    { kind: 'pairing-required', message: said, requestId: SECRET, reason: said },
    { kind: 'signature-refused', message: said },
    { kind: 'device-required', message: said },
    { kind: 'device-revoked', message: said },
    { kind: 'device-unusable', detail: said },
    { kind: 'scope-missing', missing: [said, 'operator.read'] },
    { kind: 'protocol-mismatch', ours: '3 to 4', theirs: said },
    { kind: 'starting', message: said, retryAfterMs: 5 },
    { kind: 'rejected', code: `BAD_${SECRET}`, message: said, retryAfterMs: 5 },
    { kind: 'garbled', detail: said },
  ];
  test.each(refusals)('$kind', (refusal) => {
    const clean = concealer.refusal(refusal);
    expect(JSON.stringify(clean)).not.toContain('sesame');
    expect(clean.kind).toBe(refusal.kind);
  });

  test('and what does not hold it stays as it is', () => {
    const pairing = { kind: 'pairing-required', message: 'm', requestId: 'r-1', reason: 'scope-upgrade' } as const;
    expect(concealer.refusal(pairing)).toEqual(pairing);
    const limited = { kind: 'rate-limited', retryAfterMs: 900 } as const;
    expect(concealer.refusal(limited)).toEqual(limited);
  });
});

test('a secret that begins with another is taken out whole', () => {
  expect(concealer.text(`${SECRET}-and-more`)).toBe('[secret]');
});

describe('the data of an error', () => {
  test('keeps its shape, and whatever is no text', () => {
    const data = { [SECRET]: [said, 1, null, true, { deep: said }] };
    expect(concealer.error({ code: -32000, message: said, data })).toEqual({
      code: -32000,
      message: 'you said [secret]',
      data: { '[secret]': ['you said [secret]', 1, null, true, { deep: 'you said [secret]' }] },
    });
    expect(concealer.error({ code: 'X', message: 'm' })).toEqual({ code: 'X', message: 'm' });
  });

  test('deeper than any stack is cut off, not a crash', () => {
    let data: unknown = SECRET;
    for (let depth = 0; depth < 200_000; depth += 1) data = [data];
    const clean = concealer.error({ code: 'X', message: 'm', data });
    expect(JSON.stringify(clean)).not.toContain('sesame');
  });
});
