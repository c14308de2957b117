import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterAccepted,
  afterRefusal,
  firstPlan,
  inContext,
  type LoginInput,
  type LoginPlan,
} from '../../src/connection/login-plan.ts';
import type { Refusal } from '../../src/dialect/refusal.ts';

const local: LoginInput = { hasDevice: true, hasSecret: true, offered: 'shared-secret' };
const byToken: LoginInput = { ...local, offered: 'device-token' };
const device: LoginPlan = { ...firstPlan, asDevice: true };
const message = 'no';

describe('another way, where there is one', () => {
  test.each<[string, LoginPlan, Refusal, LoginInput, Partial<LoginPlan>]>([
    ['a device where one is asked for', firstPlan, { kind: 'device-required', message }, local, { asDevice: true }],
    [
      'a device where neither was brought',
      firstPlan,
      { kind: 'device-required', message },
      { ...local, hasSecret: false, offered: 'nothing' },
      { asDevice: true },
    ],
    ['the older signature', device, { kind: 'signature-refused', message }, local, { signature: 'v2' }],
    [
      'the newer signature, where the older was learned of another build',
      { ...device, signature: 'v2' },
      { kind: 'signature-refused', message },
      local,
      { signature: 'v3' },
    ],
    ['the shared token for a device token that is refused', device, { kind: 'token-mismatch', message }, byToken, {}],
    ['the shared token for one that grants too little', device, { kind: 'scope-missing', missing: [] }, byToken, {}],
  ])('a refusal is followed by another way: %s', (_, plan, refusal, facts, change) => {
    const step = afterRefusal(plan, refusal, facts);
    expect(step).toMatchObject({ again: true, plan: change });
    expect(step.forget).toBe(refusal.kind === 'token-mismatch');
  });
});

describe('no other way', () => {
  test.each<[string, LoginPlan, Refusal, LoginInput]>([
    ['no device at hand', firstPlan, { kind: 'device-required', message }, { ...local, hasDevice: false }],
    [
      'both signatures tried',
      { ...device, spent: { ...device.spent, signature: true } },
      { kind: 'signature-refused', message },
      local,
    ],
    ['the shared token itself', device, { kind: 'token-mismatch', message }, local],
    ['no shared token', device, { kind: 'token-mismatch', message }, { ...byToken, hasSecret: false }],
    ['it waits for approval', device, { kind: 'pairing-required', message }, byToken],
    [
      'a token is asked for',
      firstPlan,
      { kind: 'token-missing', message },
      { ...local, hasSecret: false, offered: 'nothing' },
    ],
  ])('a refusal ends the attempt when there is no other way: %s', (_, plan, refusal, facts) => {
    const step = afterRefusal(plan, refusal, facts);
    expect(step.again).toBe(false);
    // An attempt on a user request has every way open again.
    expect(step.plan.spent).toEqual(firstPlan.spent);
  });

  test('a refused device token is removed even without another way to log in', () => {
    const step = afterRefusal(device, { kind: 'token-mismatch', message }, { ...byToken, hasSecret: false });
    expect(step).toMatchObject({ again: false, forget: true });
  });
});

const everyRefusal: readonly Refusal[] = [
  { kind: 'token-missing', message },
  { kind: 'token-mismatch', message },
  { kind: 'pairing-required', message },
  { kind: 'device-required', message },
  { kind: 'device-revoked', message },
  { kind: 'device-invalid', detail: message },
  { kind: 'device-locked', cause: 'refused', reason: message },
  { kind: 'device-lost', found: 'nothing', id: 'a', path: '/d' },
  { kind: 'signature-refused', message },
  { kind: 'scope-missing', missing: [] },
  { kind: 'protocol-mismatch', ours: '3', theirs: '4' },
  { kind: 'rejected', code: 1, message },
];

test.each(everyRefusal)(
  'a $kind refusal of a program with the shared token leaves every way open for the next request',
  (refusal) => {
    const spent: LoginPlan = { ...firstPlan, spent: { signature: true, deviceToken: true } };
    const facts: LoginInput = { ...local, hasDevice: false };
    expect(afterRefusal(spent, refusal, facts)).toStrictEqual({ plan: firstPlan, again: false, forget: false });
  },
);

test.each(everyRefusal)('a $kind refusal keeps what was learned of the device and its signature', (refusal) => {
  const learned: LoginPlan = { asDevice: true, signature: 'v2', spent: { signature: true, deviceToken: true } };
  const { plan, again } = afterRefusal(learned, refusal, local);
  // A signature refused in both ways is asked for in the newer one again.
  const signature = refusal.kind === 'signature-refused' ? 'v3' : 'v2';
  expect([plan, again]).toStrictEqual([{ ...learned, signature, spent: firstPlan.spent }, false]);
});

test('inContext changes nothing but the kind of a refusal, and nothing where its meaning is plain', () => {
  for (const refusal of everyRefusal) {
    expect(inContext(refusal, local)).toBe(refusal);
    const { kind, ...rest } = inContext(refusal, { ...byToken, hasSecret: false });
    expect({ ...rest, kind: refusal.kind }).toStrictEqual(refusal);
    const changed = { 'token-mismatch': 'device-revoked', 'device-required': 'token-missing' };
    expect(kind).toBe(Object.entries(changed).find(([from]) => from === refusal.kind)?.[1] ?? refusal.kind);
  }
});

test('a rate limit, a starting gateway and an invalid frame change nothing in the login plan', () => {
  const spent: LoginPlan = { ...device, spent: { signature: true, deviceToken: true } };
  const kinds: readonly Refusal[] = [
    { kind: 'rate-limited' },
    { kind: 'starting', message },
    { kind: 'invalid-frame', detail: message },
    { kind: 'other-dialect', speaks: 'openclaw' },
  ];
  for (const refusal of kinds)
    expect(afterRefusal(spent, refusal, local)).toStrictEqual({ plan: spent, again: false, forget: false });
});

test('scopes that were not granted to a program are requested once as a device', () => {
  expect(afterAccepted(firstPlan, true, local)).toMatchObject({ again: true, plan: { asDevice: true } });
  expect(afterAccepted(device, true, local).again).toBe(false);
  expect(afterAccepted(firstPlan, true, { ...local, hasDevice: false }).again).toBe(false);
  expect(afterAccepted(firstPlan, false, local)).toMatchObject({ again: false, plan: firstPlan });
});

test('inContext turns a refusal into what it means for the offered credentials', () => {
  expect(inContext({ kind: 'token-mismatch', message }, byToken).kind).toBe('device-revoked');
  expect(inContext({ kind: 'token-mismatch', message }, local).kind).toBe('token-mismatch');
  expect(inContext({ kind: 'device-required', message }, { ...local, hasSecret: false }).kind).toBe('token-missing');
  expect(inContext({ kind: 'device-required', message }, local).kind).toBe('device-required');
});

test('a gateway is asked at most four times in a row, whatever it answers', () => {
  const refusals = fc.constantFrom<Refusal>(
    { kind: 'device-required', message },
    { kind: 'signature-refused', message },
    { kind: 'token-mismatch', message },
    { kind: 'scope-missing', missing: [] },
    { kind: 'pairing-required', message },
    { kind: 'token-missing', message },
  );
  fc.assert(
    fc.property(
      fc.array(refusals, { minLength: 5, maxLength: 5 }),
      fc.boolean(),
      fc.boolean(),
      (answers, hasSecret, hasToken) => {
        let plan: LoginPlan = hasToken ? device : firstPlan;
        let stored = hasToken;
        const asked = answers.findIndex((refusal) => {
          const offersToken = stored && plan.asDevice && !plan.spent.deviceToken;
          const offered = offersToken ? 'device-token' : hasSecret ? 'shared-secret' : 'nothing';
          const step = afterRefusal(plan, refusal, { hasDevice: true, hasSecret, offered });
          ({ plan } = step);
          if (step.forget) stored = false;
          return !step.again;
        });
        expect(asked).toBeGreaterThanOrEqual(0);
        expect(asked).toBeLessThan(4);
      },
    ),
  );
});
