import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstLinkStep, reduceLink } from '../../src/host-link/reducer.ts';
import type { LinkEvent, LinkState } from '../../src/host-link/state.ts';
import { failure, hostInfo } from '../support/statuses.ts';

const found: LinkEvent = { type: 'found', info: hostInfo, at: 10 };
const failed: LinkEvent = { type: 'failed', problem: failure, at: 10 };

function after(...events: readonly LinkEvent[]) {
  let step = firstLinkStep(0);
  for (const event of events) step = reduceLink(step.state, event, 0.5);
  return step;
}

describe('the link reducer', () => {
  test('the first step looks for a running host', () => {
    expect(firstLinkStep(0)).toEqual({
      state: { name: 'connecting', step: 'find', failures: 0, since: 0, lost: false },
      effects: [{ type: 'find' }],
    });
  });

  test('a running host is joined', () => {
    expect(after(found)).toEqual({ state: { name: 'live', role: 'client', info: hostInfo, since: 10 }, effects: [] });
  });

  test('a missing host leads to starting one', () => {
    const none = after({ type: 'none' });
    expect(none.effects).toEqual([{ type: 'start-host' }]);
    const became = reduceLink(none.state, { type: 'started', role: 'host', info: hostInfo, at: 20 }, 0);
    expect(became.state).toMatchObject({ name: 'live', role: 'host' });
  });

  test('a lost race leads to another search after a delay', () => {
    const outrun = after({ type: 'none' }, { type: 'lost-race', problem: failure, at: 10 });
    expect(outrun.state).toMatchObject({ name: 'waiting', failures: 1, retryAt: 48 });
    expect(outrun.effects).toEqual([{ type: 'wait', delayMs: 38 }]);
    expect(reduceLink(outrun.state, { type: 'retry' }, 0).effects).toEqual([{ type: 'find' }]);
  });

  test('a lost host is searched for at once and shown as lost', () => {
    expect(after(found, { type: 'lost', at: 30 })).toEqual({
      state: { name: 'connecting', step: 'find', failures: 0, since: 30, lost: true },
      effects: [{ type: 'find' }],
    });
  });

  test('the delay grows up to five seconds and keeps the time of the loss', () => {
    let { state } = after(found, { type: 'lost', at: 5 });
    const delays: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const waiting = reduceLink(state, failed, 0.999);
      for (const effect of waiting.effects) if (effect.type === 'wait') delays.push(effect.delayMs);
      expect(waiting.state).toMatchObject({ since: 5, lost: true });
      state = reduceLink(waiting.state, { type: 'retry' }, 0).state;
    }
    expect(delays.map((ms) => Math.round(ms / 50) * 50)).toEqual([
      50,
      100,
      200,
      400,
      800,
      1_600,
      3_200,
      ...Array.from({ length: 5 }, () => 5_000),
    ]);
  });
});

const events: fc.Arbitrary<LinkEvent> = fc.oneof(
  fc.constantFrom<LinkEvent>(
    found,
    { type: 'none' },
    { type: 'started', role: 'host', info: hostInfo, at: 10 },
    { type: 'lost-race', problem: failure, at: 10 },
    failed,
    { type: 'lost', at: 10 },
    { type: 'retry' },
  ),
  fc.constant<LinkEvent>({ type: 'end' }),
);

test('any event sequence has one pending effect at a time and none after the end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(events, fc.double({ min: 0, max: 0.999, noNaN: true })), { maxLength: 60 }),
      (events) => {
        let state: LinkState = firstLinkStep(0).state;
        for (const [event, random] of events) {
          const step = reduceLink(state, event, random);
          expect(step.effects.length).toBeLessThanOrEqual(1);
          if (state.name === 'ended') expect(step).toEqual({ state, effects: [] });
          if (step.state.name === 'waiting') expect(step.state.retryAt).toBeGreaterThanOrEqual(10 + 25);
          if (step.state.name === 'connecting' && step.state !== state) expect(step.effects.length).toBe(1);
          state = step.state;
        }
      },
    ),
  );
});
