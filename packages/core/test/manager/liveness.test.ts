import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  beginSilence,
  judgeSilence,
  type LivenessSample,
  livenessPolicy,
  type Silence,
} from '../../src/manager/liveness.ts';

const policy = livenessPolicy({ intervalMs: 30_000, unresponsiveAfterMs: 180_000 });
const deaf = { cpuMs: 0, httpAnswers: false, frameReceived: false } as const;

/** Looks every 5 s, each as the given one says; the first restart's time, if there is one. */
function watch(
  seconds: number,
  at: (second: number) => Omit<LivenessSample, 'at'>,
): { readonly restartAt: number | undefined; readonly silence: Silence } {
  let silence = beginSilence(0, 0, 'unknown');
  for (let second = 5; second <= seconds; second += 5) {
    const step = judgeSilence(silence, { at: second * 1_000, ...at(second) }, policy);
    silence = step.silence;
    if (step.restart) return { restartAt: second, silence };
  }
  return { restartAt: undefined, silence };
}

test.each<[string, number | undefined, number | undefined, 'busy' | 'unresponsive']>([
  ['more than a twentieth of the time', 100, 351, 'busy'],
  ['a twentieth of the time', 100, 350, 'unresponsive'],
  ['none', 100, 100, 'unresponsive'],
  ['an unknown amount before', undefined, 5_000, 'unresponsive'],
  ['an unknown amount by now', 100, undefined, 'unresponsive'],
  ['an amount that is never known', undefined, undefined, 'unresponsive'],
])('a silent gateway that used CPU for %s in 5 s is judged by that', (_what, before, cpuMs, verdict) => {
  const sample = { at: 5_000, cpuMs, httpAnswers: false, frameReceived: false };
  const { silence } = judgeSilence(beginSilence(0, before, 'unknown'), sample, policy);
  expect(silence).toStrictEqual({
    since: 0,
    lastSignAt: verdict === 'busy' ? 5_000 : 0,
    lastSampleAt: 5_000,
    lastCpuMs: cpuMs ?? before,
    verdict,
  });
});

test('a short limit shortens the polls, so that it does not pass between two of them', () => {
  expect(livenessPolicy({ intervalMs: 7, unresponsiveAfterMs: 8_000 })).toStrictEqual({
    checkIntervalMs: 7,
    unresponsiveAfterMs: 8_000,
    pollIntervalMs: 2_000,
  });
  expect(policy.pollIntervalMs).toBe(5_000);
});

describe('a silent gateway', () => {
  it('a silent gateway is restarted at the first check after 180 s without a sign of life', () => {
    expect(watch(600, () => deaf).restartAt).toBe(180);
  });

  it('a silent gateway that uses CPU time is busy and never restarted', () => {
    const { restartAt, silence } = watch(3_600, (second) => ({ ...deaf, cpuMs: second * 900 }));
    expect(restartAt).toBeUndefined();
    expect(silence.verdict).toBe('busy');
  });

  it.each([
    ['answers HTTP', { httpAnswers: true }],
    ['sends frames or pongs', { frameReceived: true }],
  ])('a silent gateway that %s is never restarted', (_name, sign) => {
    const { restartAt, silence } = watch(3_600, () => ({ ...deaf, ...sign }));
    expect(restartAt).toBeUndefined();
    expect(silence.verdict).toBe('unresponsive');
  });

  it('the 180 s of silence count from the last sign of life', () => {
    expect(watch(600, (second) => ({ ...deaf, httpAnswers: second === 100 })).restartAt).toBe(280);
  });

  it('a silent gateway with an idle event loop is not busy', () => {
    expect(watch(600, (second) => ({ ...deaf, cpuMs: second * 2 })).restartAt).toBe(180);
  });

  it('a sleep of this machine does not count as silence of the gateway', () => {
    const before = beginSilence(0, 0, 'unknown');
    const { silence, restart } = judgeSilence(before, { at: 8 * 3_600_000, ...deaf }, policy);
    expect(restart).toBe(false);
    expect(silence.lastSignAt).toBe(8 * 3_600_000);
  });

  it('a silent gateway of unknown CPU time is judged by the other signs', () => {
    expect(watch(600, () => ({ ...deaf, cpuMs: undefined })).restartAt).toBe(180);
  });

  it('no gateway is restarted within 180 s of a sign of life', () => {
    const seen = fc.record({
      stepMs: fc.integer({ min: 1, max: 20_000 }),
      cpuStep: fc.integer({ min: 0, max: 6_000 }),
      http: fc.boolean(),
      heard: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 200 }), (steps) => {
        let silence = beginSilence(0, 0, 'unknown');
        let at = 0;
        let cpuMs = 0;
        let lastSign = 0;
        for (const { stepMs, cpuStep, http, heard } of steps) {
          at += stepMs;
          cpuMs += cpuStep;
          if (http || heard) lastSign = at;
          const step = judgeSilence(silence, { at, cpuMs, httpAnswers: http, frameReceived: heard }, policy);
          if (step.restart) expect(at - lastSign).toBeGreaterThanOrEqual(180_000);
          silence = step.silence;
        }
      }),
    );
  });
});

describe('livenessPolicy', () => {
  it('a short unresponsiveAfterMs shortens the poll interval', () => {
    expect(livenessPolicy({ intervalMs: 1, unresponsiveAfterMs: 1_000 }).pollIntervalMs).toBe(250);
    expect(livenessPolicy({ intervalMs: 1, unresponsiveAfterMs: 180_000 }).pollIntervalMs).toBe(5_000);
  });
});
