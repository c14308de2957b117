import type { HealthReport } from '@deskclaw/protocol';
import { expect, test } from 'vitest';
import { livenessPolicy } from '../../src/manager/liveness.ts';
import { LivenessWatch } from '../../src/manager/liveness-watch.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

const policy = livenessPolicy({ intervalMs: 30_000, unresponsiveAfterMs: 180_000 });
const deaf: HealthReport = { ok: false, evidence: [] };

function watch(): { readonly clock: SimulatedClock; readonly liveness: LivenessWatch } {
  const clock = new SimulatedClock();
  const liveness = new LivenessWatch({
    clock,
    policy,
    check: () => Promise.resolve(deaf),
    cpuMs: () => 0,
    silentForMs: () => undefined,
    restart: () => undefined,
    expectAnswer: () => undefined,
    changed: () => undefined,
  });
  liveness.start();
  return { clock, liveness };
}

test('a lost connection alone does not say that its gateway lives and is silent: a look does', async () => {
  const { clock, liveness } = watch();
  liveness.noteSilence('unknown');
  expect(liveness.verdict).toBe('unknown');
  await clock.advance(policy.pollIntervalMs);
  expect(liveness.verdict).toBe('unresponsive');
});

test('a gateway that was silent on its connection is not less silent without it', () => {
  const { liveness } = watch();
  liveness.noteSilence('unresponsive');
  expect(liveness.verdict).toBe('unresponsive');
});

/** A watch whose checks are answered by hand, and what it did. */
function watchByHand(options: { readonly silentForMs?: () => number | undefined } = {}) {
  const clock = new SimulatedClock();
  const checks: ((report: HealthReport) => void)[] = [];
  const done: string[] = [];
  const expected: { answered: (() => void) | undefined } = { answered: undefined };
  const liveness = new LivenessWatch({
    clock,
    policy,
    check: () => new Promise((resolve) => checks.push(resolve)),
    cpuMs: () => 0,
    silentForMs: options.silentForMs ?? (() => undefined),
    restart: (detail) => done.push(detail),
    expectAnswer: (answered) => {
      expected.answered = answered;
    },
    changed: () => done.push(liveness.verdict),
  });
  const answer = async (report: HealthReport): Promise<void> => {
    checks.shift()?.(report);
    await clock.advance(0);
  };
  return { clock, liveness, checks, done, answer, expected };
}
const well: HealthReport = { ok: true, evidence: [] };

test('a watch that is off knows nothing, before it begins and after it ends', async () => {
  const { liveness, clock, checks } = watchByHand();
  expect(liveness.verdict).toBe('unknown');
  liveness.noteSilence('unresponsive');
  liveness.checkNow();
  expect([liveness.verdict, clock.pendingTimers]).toEqual(['unknown', 0]);
  liveness.start();
  expect(liveness.verdict).toBe('ok');
  liveness.stop();
  await clock.advance(policy.checkIntervalMs * 2);
  expect([liveness.verdict, clock.pendingTimers, checks]).toEqual(['unknown', 0, []]);
});

test('a healthy gateway is checked at its interval, a silent one at every poll, and at once after a frame', async () => {
  const { liveness, clock, checks, done, answer } = watchByHand();
  liveness.start();
  await clock.advance(policy.checkIntervalMs - 1);
  expect(checks).toHaveLength(0);
  await clock.advance(1);
  await answer(well);
  liveness.checkNow();
  await clock.advance(policy.checkIntervalMs - 1);
  expect([checks.length, done]).toEqual([0, ['ok']]);
  await clock.advance(1);
  await answer(deaf);
  expect(done).toEqual(['ok', 'unresponsive']);
  await clock.advance(policy.pollIntervalMs);
  await answer(deaf);
  liveness.checkNow();
  await clock.advance(0);
  await answer(well);
  expect([liveness.verdict, done.at(-1)]).toEqual(['ok', 'ok']);
});

test.each([
  ['ended', 'unknown'],
  ['began again', 'ok'],
  ['lost its connection', 'unknown'],
] as const)('the result of a check that the watch outlived is dropped: it %s', async (what, verdict) => {
  const { liveness, clock, done, answer } = watchByHand();
  liveness.start();
  await clock.advance(policy.checkIntervalMs);
  if (what === 'ended') liveness.stop();
  else if (what === 'began again') liveness.start();
  else liveness.noteSilence('unknown');
  await answer(what === 'lost its connection' ? well : deaf);
  expect([liveness.verdict, done]).toEqual([verdict, []]);
});

test.each([
  ['a frame after the last sample', 4_999, false],
  ['a frame at the last sample', 5_000, true],
  ['no frame since', 60_000, true],
  ['no connection', undefined, true],
])(
  'a silent gateway with %s is restarted once its limit is over: %s ms ago, %s',
  async (_what, silentForMs, isRestarted) => {
    const { liveness, clock, done, answer } = watchByHand({ silentForMs: () => silentForMs });
    liveness.start();
    liveness.noteSilence('unresponsive');
    for (let at = policy.pollIntervalMs; at <= policy.unresponsiveAfterMs; at += policy.pollIntervalMs) {
      await clock.advance(policy.pollIntervalMs);
      await answer(deaf);
    }
    const detail = 'For 180 s it answered neither frames, pings, requests nor HTTP, and used no CPU time.';
    expect(done.includes(detail)).toBe(isRestarted);
  },
);

test('a silent gateway that answers HTTP is never restarted', async () => {
  const { liveness, clock, done, answer } = watchByHand();
  liveness.start();
  liveness.noteSilence('unresponsive');
  for (let at = 0; at <= policy.unresponsiveAfterMs * 2; at += policy.pollIntervalMs) {
    await clock.advance(policy.pollIntervalMs);
    await answer({
      ok: false,
      evidence: [
        { kind: 'http', ok: true, at: 0 },
        { kind: 'rpc', ok: false, at: 0 },
      ],
    });
  }
  expect([...new Set(done)]).toEqual(['unresponsive']);
});

test('an answer ends a silence at once, and drops the check that still waits', async () => {
  const { liveness, clock, checks, done, answer, expected } = watchByHand();
  liveness.start();
  expect(expected.answered).toBeUndefined();
  liveness.noteSilence('unresponsive');
  await clock.advance(policy.pollIntervalMs);
  expected.answered?.();
  expect([liveness.verdict, done, expected.answered]).toEqual(['ok', ['ok'], undefined]);
  await answer(deaf);
  expect([liveness.verdict, checks, done]).toEqual(['ok', [], ['ok']]);
});
