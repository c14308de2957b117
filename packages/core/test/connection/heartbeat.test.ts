import { describe, expect, test } from 'vitest';
import { defaultHeartbeat } from '../../src/connection/config.ts';
import { checkHeartbeat, isUnresponsive, startHeartbeat, wakeHeartbeat } from '../../src/connection/heartbeat.ts';
import type { Heartbeat } from '../../src/connection/state.ts';

const intervalMs = defaultHeartbeat.intervalMs;

/** Lets time pass with frames at the given times, and tells what was done when. */
function live(frames: readonly number[], until: number): string[] {
  let heartbeat: Heartbeat = startHeartbeat(0, intervalMs);
  const acts: string[] = [];
  while (heartbeat.dueAt <= until) {
    const now = heartbeat.dueAt;
    const lastFrameAt = Math.max(0, ...frames.filter((at) => at <= now));
    const step = checkHeartbeat(heartbeat, { now, lastFrameAt, intervalMs }, defaultHeartbeat);
    acts.push(...step.actions.map((act) => `${String(now)} ${act}`));
    if (step.actions.includes('replace')) break;
    heartbeat = step.heartbeat;
  }
  return acts;
}

describe('the ladder of silence', () => {
  test('silence leads to two pings, a report, a request, and then a new connection', () => {
    expect(live([], 60_000)).toEqual([
      '10000 ping',
      '15000 ping',
      '20000 report-unresponsive',
      '20000 ping',
      '20000 probe',
      '30000 replace',
    ]);
  });

  test('a frame within every interval means that no ping is ever sent', () => {
    const frames = Array.from({ length: 100 }, (_, i) => i * 9_000);
    expect(live(frames, 800_000)).toEqual([]);
  });

  test('an idle connection is pinged once an interval, and any answer is enough', () => {
    expect(live([10_001, 20_002, 30_003], 40_000)).toEqual(['10000 ping', '20001 ping', '30002 ping']);
  });

  test('an answer at any step leads back to the first step', () => {
    expect(live([12_000], 40_000)).toEqual([
      '10000 ping',
      '22000 ping',
      '27000 ping',
      '32000 report-unresponsive',
      '32000 ping',
      '32000 probe',
    ]);
    expect(live([17_000], 25_000)).toEqual(['10000 ping', '15000 ping']);
    expect(live([25_000], 31_000)).toEqual([
      '10000 ping',
      '15000 ping',
      '20000 report-unresponsive',
      '20000 ping',
      '20000 probe',
      '30000 report-responsive',
    ]);
  });

  test('a peer that freezes for 20 s is reported and never replaced', () => {
    expect(live([20_500, 25_000], 34_000).filter((act) => act.endsWith('replace'))).toEqual([]);
  });
});

describe('after this machine slept', () => {
  const phases: readonly Heartbeat[] = [
    { phase: 'alive', dueAt: 100_000 },
    { phase: 'pinged', missed: 1, since: 90_000, dueAt: 100_000 },
    { phase: 'unresponsive', since: 90_000, dueAt: 100_000 },
    { phase: 'waking', since: 98_000, dueAt: 100_000, isReported: false },
  ];

  test.each(phases)('a wake-up sends one probe of 2 s before anything is judged ($phase)', (heartbeat) => {
    expect(wakeHeartbeat(heartbeat, 103_000, defaultHeartbeat)).toEqual({
      heartbeat: { phase: 'waking', since: 103_000, dueAt: 105_000, isReported: heartbeat.phase === 'unresponsive' },
      actions: ['ping', 'probe'],
    });
  });

  test('silence after the wake-up probe replaces the connection, an answer does not', () => {
    const { heartbeat } = wakeHeartbeat(startHeartbeat(0, intervalMs), 50_000, defaultHeartbeat);
    const facts = { now: 52_000, intervalMs };
    expect(checkHeartbeat(heartbeat, { ...facts, lastFrameAt: 49_000 }, defaultHeartbeat).actions).toEqual(['replace']);
    expect(checkHeartbeat(heartbeat, { ...facts, lastFrameAt: 50_001 }, defaultHeartbeat)).toEqual({
      heartbeat: { phase: 'alive', dueAt: 60_001 },
      actions: [],
    });
  });

  test('a peer that was reported unresponsive before the sleep is reported responsive when it answers', () => {
    const { heartbeat } = wakeHeartbeat({ phase: 'unresponsive', since: 0, dueAt: 9 }, 50_000, defaultHeartbeat);
    const again = wakeHeartbeat(heartbeat, 51_000, defaultHeartbeat);
    expect(isUnresponsive(again.heartbeat)).toBe(true);
    const step = checkHeartbeat(again.heartbeat, { now: 53_000, lastFrameAt: 52_000, intervalMs }, defaultHeartbeat);
    expect(step.actions).toEqual(['report-responsive']);
    expect(isUnresponsive(step.heartbeat)).toBe(false);
  });
});
