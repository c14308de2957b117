import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

describe('a silent gateway', () => {
  it('is restarted once every sign of life has been missing for 180 s, and not a look before', () => {
    expect(watch(600, () => deaf).restartAt).toBe(180);
  });

  it('that burns CPU is busy, and is never restarted', () => {
    const { restartAt, silence } = watch(3_600, (second) => ({ ...deaf, cpuMs: second * 900 }));
    expect(restartAt).toBeUndefined();
    expect(silence.verdict).toBe('busy');
  });

  it.each([
    ['answers HTTP', { httpAnswers: true }],
    ['sends frames or pongs', { frameReceived: true }],
  ])('that %s is never restarted', (_name, sign) => {
    const { restartAt, silence } = watch(3_600, () => ({ ...deaf, ...sign }));
    expect(restartAt).toBeUndefined();
    expect(silence.verdict).toBe('unresponsive');
  });

  it('counts anew from its last sign', () => {
    expect(watch(600, (second) => ({ ...deaf, httpAnswers: second === 100 })).restartAt).toBe(280);
  });

  it('whose idle loop ticks is not busy', () => {
    expect(watch(600, (second) => ({ ...deaf, cpuMs: second * 2 })).restartAt).toBe(180);
  });

  it('is not judged by a sleep of this machine', () => {
    const before = beginSilence(0, 0, 'unknown');
    const { silence, restart } = judgeSilence(before, { at: 8 * 3_600_000, ...deaf }, policy);
    expect(restart).toBe(false);
    expect(silence.lastSignAt).toBe(8 * 3_600_000);
  });

  it('where the system does not tell CPU time is judged by the other signs', () => {
    expect(watch(600, () => ({ ...deaf, cpuMs: undefined })).restartAt).toBe(180);
  });

  it('is never restarted within 180 s of a sign, whatever else is seen', () => {
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

describe('the limits', () => {
  it('bring closer looks when they are short', () => {
    expect(livenessPolicy({ intervalMs: 1, unresponsiveAfterMs: 1_000 }).pollIntervalMs).toBe(250);
    expect(livenessPolicy({ intervalMs: 1, unresponsiveAfterMs: 180_000 }).pollIntervalMs).toBe(5_000);
  });
});
