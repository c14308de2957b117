import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventTime, SupervisorEvent } from '../../src/supervisor/event.ts';
import { reduce } from '../../src/supervisor/reducer.ts';
import {
  childOf,
  deadlineOf,
  initialModel,
  type SupervisorModel,
  supervisorEdges,
} from '../../src/supervisor/state.ts';
import { child, eventTime, gone, policyWith, problem } from './samples.ts';

const causes = ['crash', 'configuration', 'port-in-use', 'runtime', 'not-started', 'clean', 'killed'] as const;
const mode = fc.constantFrom('drain', 'terminate', 'kill');

/** Any event, with any launch near the present one, any generation near the present one. */
type Draw = (model: SupervisorModel) => SupervisorEvent;
const offset = fc.integer({ min: -2, max: 1 });
const draws: readonly fc.Arbitrary<Draw>[] = [
  offset.map(
    (by): Draw =>
      (s) => ({ type: 'up', generation: s.intent.generation + by }),
  ),
  fc.tuple(offset, mode).map(
    ([by, how]): Draw =>
      (s) => ({ type: 'down', generation: s.intent.generation + by, mode: how }),
  ),
  fc.tuple(offset, mode).map(
    ([by, how]): Draw =>
      (s) => ({ type: 'restart', generation: s.intent.generation + by, mode: how }),
  ),
  fc.constant((s: SupervisorModel): SupervisorEvent => ({ type: 'deadline', deadline: deadlineOf(s.state) ?? 0 })),
  fc
    .tuple(fc.constantFrom('preflight-passed', 'preflight-cancelled', 'ready', 'progress', 'drained', 'exited'), offset)
    .map(
      ([type, by]): Draw =>
        (s) => ({ type, launch: s.launches + by }),
    ),
  fc.tuple(fc.constantFrom('preflight-refused', 'spawn-failed'), offset).map(
    ([type, by]): Draw =>
      (s) => ({ type, launch: s.launches + by, problem }),
  ),
  fc.tuple(fc.constantFrom('spawned', 'adopted'), offset).map(
    ([type, by]): Draw =>
      (s) => ({ type, launch: s.launches + by, child }),
  ),
  fc.tuple(fc.constantFrom(...causes), offset).map(
    ([cause, by]): Draw =>
      (s) =>
        gone(s.launches + by, { cause }),
  ),
  fc.constant((): SupervisorEvent => ({ type: 'woke' })),
  fc.tuple(fc.constantFrom('refused', 'HTTP 503'), offset).map(
    ([text, by]): Draw =>
      (s) => ({ type: 'connect-error', launch: s.launches + by, text }),
  ),
  fc.tuple(fc.boolean(), offset).map(
    ([restart, by]): Draw =>
      (s) => ({ type: 'shutdown-announced', launch: s.launches + by, restart }),
  ),
  fc.tuple(fc.boolean(), offset).map(
    ([works, by]): Draw =>
      (s) => ({ type: 'critical-work', launch: s.launches + by, ...(works ? { problem } : {}) }),
  ),
  fc.tuple(fc.boolean(), offset).map(
    ([accepted, by]): Draw =>
      (s) => ({ type: 'restart-claimed', launch: s.launches + by, claim: { accepted, detail: '' } }),
  ),
  offset.map(
    (by): Draw =>
      (s) =>
        gone(s.launches + by, { cause: 'clean', code: 0, wasReady: true }),
  ),
  offset.map(
    (by): Draw =>
      (s) => ({ type: 'stuck', launch: s.launches + by, survivors: ['gateway'] }),
  ),
  offset.map(
    (by): Draw =>
      (s) => ({ type: 'unresponsive', launch: s.launches + by, detail: 'silent' }),
  ),
  offset.map(
    (by): Draw =>
      (s) => ({ type: 'port-lost', launch: s.launches + by, problem }),
  ),
];

const schedule = fc.array(
  fc.record({
    draw: fc.oneof(...draws),
    pauseMs: fc.integer({ min: 0, max: 200_000 }),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  }),
  { maxLength: 120 },
);

interface Seen {
  readonly before: SupervisorModel;
  readonly event: SupervisorEvent;
  readonly at: EventTime;
  readonly after: SupervisorModel;
  readonly effects: ReturnType<typeof reduce>['effects'];
}

const policy = policyWith({
  repairs: true,
  claimsRestarts: true,
  guardsCriticalWork: true,
  stop: { drainMs: 100, graceMs: 500, killMs: 700 },
});

function play(
  steps: readonly { readonly draw: Draw; readonly pauseMs: number; readonly random: number }[],
): readonly Seen[] {
  let model = initialModel;
  let now = 0;
  return steps.map(({ draw, pauseMs, random }) => {
    now += pauseMs;
    const before = model;
    const event = draw(before);
    const at = eventTime(now, random);
    const { next, effects } = reduce(before, event, at, policy);
    model = next;
    return { before, event, at, after: next, effects };
  });
}

function always(check: (seen: Seen) => void): void {
  fc.assert(
    fc.property(schedule, (steps) => {
      for (const seen of play(steps)) check(seen);
    }),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 2_000) },
  );
}

test('states follow each other only along the documented edges', () => {
  always(({ before, after }) => {
    const [from, to] = [before.state.name, after.state.name];
    if (from !== to) expect(supervisorEdges[from]).toContain(to);
  });
});

test('every launch has a number of its own, and they only grow', () => {
  always(({ before, after, effects }) => {
    for (const effect of effects) if (effect.type === 'preflight') expect(effect.launch).toBe(before.launches + 1);
    expect(after.launches - before.launches).toBe(effects.filter((effect) => effect.type === 'preflight').length);
  });
});

test('only a newer intent changes what the user wants', () => {
  always(({ before, event, after }) => {
    const isNews = 'generation' in event && event.generation > before.intent.generation;
    if (isNews) expect(after.intent.generation).toBe(event.generation);
    else expect(after.intent).toBe(before.intent);
  });
});

test('what belongs to another launch changes nothing; a stray child is discarded', () => {
  always(({ before, event, after, effects }) => {
    if (!('launch' in event) || ('launch' in before.state && before.state.launch === event.launch)) return;
    expect(after).toBe(before);
    expect(effects.map((effect) => effect.type)).toEqual(event.type === 'spawned' ? ['discard'] : []);
  });
});

test('nothing is launched while a process of ours may live', () => {
  always(({ before, event, effects }) => {
    if (!effects.some((effect) => effect.type === 'preflight')) return;
    // Only the proof that it is gone lets a launch follow a process.
    if (childOf(before.state) !== undefined) expect(event.type).toBe('gone');
  });
});

test('no launch begins while the intent is down', () => {
  always(({ before, after, effects }) => {
    if (after.intent.want === 'up') return;
    expect(effects.filter((effect) => effect.type === 'preflight' || effect.type === 'spawn')).toEqual([]);
    expect(['idle', 'terminating', 'failed']).toContain(after.state.name);
    if (before.intent.want === 'down' && before.state.name === 'idle') expect(after.state.name).toBe('idle');
  });
});

test('a pause before a respawn stays within its bounds', () => {
  always(({ before, after }) => {
    if (after.state.name !== 'backoff' || after.state === before.state) return;
    const pause = after.state.respawnAt - after.state.since;
    expect(pause).toBeGreaterThanOrEqual(250);
    expect(pause).toBeLessThanOrEqual(30_000);
  });
});

test('every state that waits for something has a deadline or work under way', () => {
  always(({ after }) => {
    const { state } = after;
    const rests = state.name === 'idle' || state.name === 'running' || state.name === 'failed';
    const works = state.name === 'terminating' && state.stage.step === 'reaping';
    expect(deadlineOf(state) !== undefined || rests || works).toBe(true);
  });
});

test('a state begins at the event that enters it, and all stages of a stop count as one', () => {
  always(({ before, at, after }) => {
    const [from, to] = [before.state, after.state];
    const isSame = from.name === to.name && ('launch' in from ? 'launch' in to && from.launch === to.launch : true);
    if (from === to) return;
    // A survivor that outlives one more SIGKILL fails the stop again.
    expect(to.since).toBe(isSame ? from.since : at.at);
  });
});

test('each deadline is what its step may take, from the event that began it or from a wake-up', () => {
  const { startup, stop } = policy;
  const limits = {
    cancelling: stop.graceMs + stop.killMs,
    'awaiting-child': stop.graceMs,
    draining: stop.drainMs,
    'sigterm-sent': stop.graceMs,
    claiming: 40_000,
    holding: 15_000,
  };
  always(({ before, event, at, after }) => {
    const { state } = after;
    if (state === before.state) return;
    const deadline = deadlineOf(state);
    if (state.name === 'preflight' && (before.state.name !== 'preflight' || before.state.launch !== state.launch))
      expect(deadline).toBe(at.at + startup.timeoutMs);
    if (state.name === 'spawning' && before.state.name === 'preflight')
      expect(deadline).toBe(at.at + startup.timeoutMs);
    if (state.name === 'booting' && before.state.name === 'spawning') expect(deadline).toBe(before.state.deadline);
    if (state.name === 'booting' && event.type === 'progress')
      expect(deadline).toBeGreaterThanOrEqual(at.at + startup.timeoutMs);
    if (event.type === 'woke' && 'deadline' in state) expect(deadline).toBe(at.at + startup.timeoutMs);
    if (state.name !== 'terminating' || state.stage.step === 'reaping') return;
    const { step } = state.stage;
    const wasStep = before.state.name === 'terminating' ? before.state.stage.step : undefined;
    if (step !== wasStep || event.type === 'woke') expect(deadline).toBe(at.at + limits[step]);
    else if (event.type === 'critical-work') expect(deadline).toBe(at.at + limits[step]);
    else expect(deadline).toBe(deadlineOf(before.state));
  });
});

test('a restart launches a new process; a start may adopt one, unless a restart came before it', () => {
  let isNew = false;
  always(({ before, event, after, effects }) => {
    if (before === initialModel) isNew = false;
    if (after.intent !== before.intent) {
      if (event.type === 'restart') isNew = true;
      else if (event.type === 'down' || before.state.name !== 'terminating' || before.state.next.to !== 'launch')
        isNew = false;
    }
    const { state } = after;
    if (state.name === 'terminating' && state.next.to === 'launch') expect(state.next.adopt).toBe(!isNew);
    for (const effect of effects) {
      if (effect.type !== 'preflight') continue;
      const isReplaced = before.state.name === 'terminating' && before.state.next.to === 'replace';
      expect(effect.adopt).toBe(
        !(
          isReplaced ||
          (isNew && after.state.name === 'preflight' && after.state.purpose === 'user' && !effect.repair)
        ),
      );
      isNew = false;
    }
    if (after.state.name === 'idle') isNew = false;
  });
});

test('a deadline is heard only in the state that set it, and not before its time', () => {
  always(({ before, event, at, after }) => {
    if (event.type !== 'deadline') return;
    const isDue = deadlineOf(before.state) === event.deadline && at.at >= event.deadline;
    if (!isDue) expect(after).toBe(before);
    else expect(after.state).not.toBe(before.state);
  });
});

test('an event that changes nothing leaves the very model', () => {
  always(({ before, after, effects }) => {
    if (effects.length > 0 || JSON.stringify(after) !== JSON.stringify(before)) return;
    const isRedirect = before.state.name === 'terminating' || before.intent !== after.intent;
    if (!isRedirect) expect(after.state).toBe(before.state);
  });
});

test('restarts are counted where recovery launches, and nowhere else', () => {
  always(({ before, after, effects }) => {
    const isAutomatic =
      effects.some(({ type }) => type === 'preflight') &&
      after.state.name === 'preflight' &&
      after.state.purpose === 'automatic';
    expect(after.restarts - before.restarts).toBe(isAutomatic ? 1 : 0);
  });
});
