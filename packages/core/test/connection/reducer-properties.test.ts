import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dueAt, initialState, reduce } from '../../src/connection/reducer.ts';
import { type ConnectionState, connectionEdges, type Verdict } from '../../src/connection/state.ts';
import type { ConnectionInput } from '../../src/connection/transition.ts';
import { config, ended, goodbye, session } from './samples.ts';

/** Generation of an input's socket: the current one, an older one, one that never existed. */
const generation = fc.integer({ min: -1, max: 1 });
const verdict: fc.Arbitrary<Verdict> = fc.oneof(
  fc.constantFrom<Verdict>({ kind: 'retry' }, { kind: 'retry-now' }, { kind: 'pause' }),
  fc.record({
    kind: fc.constant('retry-after' as const),
    ms: fc.double({ min: 0, max: 1e9, noNaN: true }),
    progress: fc.boolean(),
  }),
);

type Maker = (present: number) => ConnectionInput;
const input: fc.Arbitrary<Maker> = fc.oneof(
  fc.constantFrom<'booting' | 'steady'>('booting', 'steady').map(
    (policy): Maker =>
      () => ({ type: 'connect', policy }),
  ),
  fc.constantFrom<'user' | 'wake' | 'network'>('user', 'wake', 'network').map(
    (cause): Maker =>
      () => ({ type: 'reconnect', cause }),
  ),
  fc.constantFrom<Maker>(
    () => ({ type: 'retry-soon' }),
    () => ({ type: 'disconnect', problem: goodbye }),
    () => ({ type: 'suspend', problem: goodbye }),
    () => ({ type: 'suspend', how: 'close', problem: goodbye }),
  ),
  {
    weight: 3,
    arbitrary: generation.map(
      (off): Maker =>
        (present) => ({ type: 'opened', generation: present + off }),
    ),
  },
  generation.map(
    (off): Maker =>
      (present) => ({ type: 'credentials-sent', generation: present + off, answerWithinMs: 8_000 }),
  ),
  generation.map(
    (off): Maker =>
      (present) => ({ type: 'preparing', generation: present + off, withinMs: 30_000 }),
  ),
  {
    weight: 3,
    arbitrary: generation.map(
      (off): Maker =>
        (present) => ({ type: 'accepted', generation: present + off, session, intervalMs: 10_000 }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(generation, verdict).map(
      ([off, kind]): Maker =>
        (present) => ({
          type: 'failed',
          generation: present + off,
          ended: ended(kind),
        }),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.nat({ max: 100_000 }).map(
      (ago): Maker =>
        () => ({ type: 'due', lastFrameAt: -ago, intervalMs: 10_000 }),
    ),
  },
);
const step = fc.record({
  input,
  wait: fc.oneof(fc.nat({ max: 200_000 }), fc.constant('until due' as const)),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

interface Seen {
  readonly before: ConnectionState;
  readonly after: ConnectionState;
  readonly effects: readonly { readonly type: string }[];
  readonly at: number;
}

/** Runs any sequence of inputs and hands over every step. */
function run(
  steps: readonly { input: Maker; wait: number | 'until due'; random: number }[],
  look: (seen: Seen) => void,
): void {
  let state = initialState(0);
  let at = 0;
  for (const { input: make, wait, random } of steps) {
    const time = dueAt(state);
    at = wait === 'until due' ? Math.max(at, time ?? at) : at + wait;
    const made = make(state.generation);
    const timed = made.type === 'due' ? { ...made, lastFrameAt: at + made.lastFrameAt } : made;
    const { state: after, effects } = reduce(state, { ...timed, at, epoch: at, random }, config);
    look({ before: state, after, effects, at });
    state = after;
  }
}

test('any sequence of inputs keeps to the documented edges, to one socket, and to the retry budget', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let sockets = 0;
      run(steps, ({ before, after, effects, at }) => {
        if (after.name !== before.name || after.generation !== before.generation) {
          expect(connectionEdges[before.name]).toContain(after.name);
        }
        for (const { type } of effects) {
          if (type === 'open') sockets += 1;
          if (type === 'end') sockets = 0;
          expect(sockets).toBeLessThanOrEqual(1);
        }
        const hasSocket = after.name === 'connecting' || after.name === 'handshaking' || after.name === 'ready';
        expect(sockets).toBe(hasSocket ? 1 : 0);
        expect(after.generation - before.generation).toBe(effects.filter(({ type }) => type === 'open').length);
        if ('attempt' in after) expect(after.attempt).toBeLessThanOrEqual(config.reconnect.maxAttempts);
        const time = dueAt(after);
        // A timer that is late already stays late until it is told.
        if (time !== undefined) expect(time).toBeGreaterThanOrEqual(Math.min(at, dueAt(before) ?? at));
      });
    }),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 2_000) },
  );
});

test('an event of an older socket changes nothing', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), verdict, (steps, kind) => {
      run(steps, ({ after, at }) => {
        const old = after.generation - 1;
        const stale: readonly ConnectionInput[] = [
          { type: 'opened', generation: old },
          { type: 'credentials-sent', generation: old, answerWithinMs: 8_000 },
          { type: 'preparing', generation: old, withinMs: 30_000 },
          { type: 'accepted', generation: old, session, intervalMs: 1 },
          { type: 'failed', generation: old, ended: ended(kind) },
        ];
        for (const late of stale) {
          expect(reduce(after, { ...late, at, epoch: at, random: 0 }, config)).toEqual({ state: after, effects: [] });
        }
      });
    }),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300) },
  );
});

test('every state without inputs is at rest or has a time at which it goes on', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      run(steps, ({ after }) => {
        expect(dueAt(after) === undefined).toBe(after.name === 'closed' || after.name === 'paused');
      });
    }),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300) },
  );
});
