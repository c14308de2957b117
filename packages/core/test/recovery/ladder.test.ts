import { type RecoveryStep, recoverySteps } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  initialLadder,
  type LadderEffect,
  type LadderEvent,
  type LadderModel,
  ladderEdges,
  maxBreaks,
  reduceLadder,
  resumeLadder,
} from '../../src/recovery/ladder.ts';
import { contextWith, events, outcome, states } from './ladder-samples.ts';

type Table = Readonly<Record<keyof typeof states, Partial<Record<keyof typeof events, string>>>>;

const again = 'trial of a step, breaks 0';

/** A cell that is left out means that nothing changes and nothing is done. */
const table: Table = {
  resting: {
    'ready, configuration changed': 'trial configuration, breaks 0',
    'ready, version changed': 'trial version, breaks 0',
    ready: 'resting',
    failed: 'stepping configuration ! take(configuration)',
    'failed, bad configuration': 'stepping configuration ! take(configuration)',
  },
  'trial configuration': {
    ready: 'resting',
    'ready, configuration changed': 'trial configuration, breaks 0',
    'ready, version changed': 'trial version, breaks 0',
    lost: 'trial configuration, breaks 0, not ready',
    broke: 'trial configuration, breaks 1, not ready',
    failed: 'stepping configuration ! take(configuration)',
    'failed, bad configuration': 'stepping configuration ! take(configuration)',
    'user up': 'resting',
    'user down': 'resting',
  },
  'trial version, broke once': {
    ready: 'resting',
    'ready, configuration changed': 'trial configuration, breaks 1',
    'ready, version changed': 'trial version, breaks 1',
    lost: 'trial version, breaks 1, not ready',
    broke: 'stepping version ! take(version)',
    failed: 'stepping version ! take(version)',
    'failed, bad configuration': 'stepping configuration ! take(configuration)',
    'user up': 'resting',
    'user down': 'resting',
  },
  'trial of a step': {
    ready: again,
    'ready, configuration changed': 'trial configuration, breaks 0',
    'ready, version changed': 'trial version, breaks 0',
    lost: 'trial of a step, breaks 0, not ready',
    broke: 'trial of a step, breaks 1, not ready',
    failed: 'stepping channels ! take(channels)',
    'failed, bad configuration': 'given-up ! give-up',
    'user up': 'resting',
    'user down': 'resting',
  },
  'asking version': {
    ready: again,
    'ready, configuration changed': 'trial configuration, breaks 0',
    'ready, version changed': 'trial version, breaks 0',
    accepted: 'stepping version ! take(version)',
    'user up': 'resting',
    'user down': 'resting',
  },
  'stepping configuration': {
    'step-done': 'starting configuration ! start(configuration)',
    'step-skipped': 'stepping channels ! take(channels)',
    'user down': 'resting',
  },
  'stepping version': {
    'step-done': 'starting version ! start(version)',
    'step-skipped': 'given-up ! give-up',
    'user down': 'resting',
  },
  'starting configuration': {
    ready: again,
    'ready, configuration changed': 'trial configuration, breaks 0',
    'ready, version changed': 'trial version, breaks 0',
    'start-failed': 'stepping channels ! take(channels)',
    'start-failed, no cure': 'given-up ! give-up',
    'user down': 'resting',
  },
  'starting, all tried': {
    ready: again,
    'ready, configuration changed': 'trial configuration, breaks 0',
    'ready, version changed': 'trial version, breaks 0',
    'start-failed': 'given-up ! give-up',
    'start-failed, no cure': 'given-up ! give-up',
    'user down': 'resting',
  },
  'given-up': {
    ready: again,
    'ready, configuration changed': 'trial configuration, breaks 0',
    'ready, version changed': 'trial version, breaks 0',
    'user up': 'resting',
    'user down': 'resting',
  },
};

describe('every state against every event', () => {
  it.each(Object.entries(states))('the ladder in state "%s" does what the table says', (name, state) => {
    const row = Object.entries(events).map(([event, value]) => [event, outcome(state, value)]);
    const expected: Readonly<Record<string, string>> = Object.entries(table).find(([key]) => key === name)?.[1] ?? {};
    expect(row).toEqual(Object.keys(events).map((event) => [event, expected[event] ?? '=']));
  });
});

describe('consent', () => {
  it('a step that needs consent is asked for, and a forbidden one is passed over', () => {
    const { resting } = states;
    const asks = contextWith(10, { configuration: 'ask' });
    expect(outcome(resting, events.failed, asks)).toBe('asking configuration ! ask(configuration)');
    const forbids = contextWith(10, { configuration: 'never', channels: 'never' });
    expect(outcome(resting, events.failed, forbids)).toBe('stepping version ! take(version)');
    expect(outcome(resting, events.failed, contextWith(10, {}, 'never'))).toBe('given-up ! give-up');
  });
});

describe('a trial', () => {
  it('a version is on trial longer than a configuration', () => {
    const deadlineAfter = (changed: readonly RecoveryStep[]) => {
      const { state } = reduceLadder(initialLadder, { type: 'ready', changed }, contextWith(10)).next;
      return state.name === 'trial' ? state.deadline : undefined;
    };
    expect(deadlineAfter(['configuration'])).toBe(60_010);
    expect(deadlineAfter(['configuration', 'version'])).toBe(300_010);
  });

  it('a gateway that stayed up to the deadline proves what is on trial, and not before', () => {
    const state = states['trial of a step'];
    const deadline = { type: 'deadline', deadline: 60_000 } as const;
    expect(outcome(state, deadline, contextWith(59_999))).toBe('=');
    expect(outcome(state, { type: 'deadline', deadline: 59_000 }, contextWith(60_000))).toBe('=');
    expect(outcome(state, deadline, contextWith(60_000))).toBe('resting ! prove');
  });
});

describe('another host', () => {
  it('a step that was under way when the host died counts as tried', () => {
    expect(resumeLadder(states['stepping version'])).toMatchObject({ name: 'given-up', tried: recoverySteps });
    expect(resumeLadder(states['starting configuration'])).toMatchObject({
      name: 'given-up',
      tried: ['configuration'],
    });
    expect(resumeLadder(states['asking version'])).toBe(states['asking version']);
  });

  it('a trial goes on, and waits for the gateway to be ready', () => {
    const state = resumeLadder(states['trial version, broke once']);
    expect(state).toEqual({ name: 'trial', tried: [], changed: ['version'], breaks: 1 });
    expect(outcome(state, events['ready, version changed'])).toBe('trial version, breaks 1');
  });
});

const steps = fc.subarray([...recoverySteps]);
const consents = fc.constantFrom('auto', 'ask', 'never');
const reason = fc.constant('It crashed.');
const failures = fc.record({ kind: fc.constantFrom('configuration', 'process'), reason });
const eventsOrTime: fc.Arbitrary<Omit<LadderEvent, 'attempt'> | 'pass time'> = fc.oneof(
  fc.record({ type: fc.constant('ready'), changed: steps }),
  fc.constant({ type: 'lost' } as const),
  fc.record({ type: fc.constant('broke'), reason }),
  fc.record({ type: fc.constant('failed'), failure: failures }),
  fc.constant({ type: 'step-done' } as const),
  fc.constant({ type: 'step-skipped' } as const),
  fc.record({ type: fc.constant('start-failed'), failure: failures }),
  fc.constant({ type: 'start-failed' } as const),
  fc.constant({ type: 'accepted' } as const),
  fc.record({ type: fc.constant('user'), want: fc.constantFrom('up', 'down') }),
  fc.constant('pass time' as const),
);

/** Plays events with the newest attempt and a clock, and hears of each step. */
function play(
  list: readonly (Omit<LadderEvent, 'attempt'> | 'pass time')[],
  consent: Readonly<Record<RecoveryStep, 'auto' | 'ask' | 'never'>>,
  check: (before: LadderModel, event: LadderEvent, next: LadderModel, effects: readonly LadderEffect[]) => void,
): void {
  let model = initialLadder;
  let at = 0;
  for (const entry of list) {
    at += entry === 'pass time' ? 300_000 : 1_000;
    const { state, attempt } = model;
    const deadline = state.name === 'trial' ? (state.deadline ?? 0) : 0;
    const event: LadderEvent =
      entry === 'pass time' ? { type: 'deadline', deadline } : ({ ...entry, attempt } as LadderEvent);
    const { next, effects } = reduceLadder(model, event, contextWith(at, consent));
    check(model, event, next, effects);
    model = next;
  }
}

describe('properties', () => {
  const consent = fc.record({ configuration: consents, channels: consents, version: consents });
  const lists = fc.array(eventsOrTime, { maxLength: 60 });

  it('every change of state is a documented edge', () => {
    fc.assert(
      fc.property(lists, consent, (list, allowed) => {
        play(list, allowed, ({ state }, _event, { state: after }) => {
          if (after.name !== state.name) expect(ladderEdges[state.name]).toContain(after.name);
        });
      }),
    );
  });

  it('no step is taken twice until the gateway has proved itself or a user asked for something', () => {
    fc.assert(
      fc.property(lists, consent, (list, allowed) => {
        let taken: RecoveryStep[] = [];
        play(list, allowed, (_before, event, next, effects) => {
          for (const effect of effects) {
            if (effect.type === 'prove') taken = [];
            if (effect.type !== 'take') continue;
            expect(taken).not.toContain(effect.step);
            taken.push(effect.step);
          }
          if (event.type === 'user' && next.state.name === 'resting') taken = [];
          // A gateway that is ready with nothing changed after no step of ours has nothing to prove.
          if (next.state.tried.length === 0 && next.state.name === 'resting') taken = [];
        });
      }),
    );
  });

  it('a step is taken by itself only with "auto", and never with "never"', () => {
    fc.assert(
      fc.property(lists, consent, (list, allowed) => {
        play(list, allowed, (_before, event, _next, effects) => {
          for (const effect of effects) {
            if (effect.type !== 'take') continue;
            expect(allowed[effect.step]).toBe(event.type === 'accepted' ? 'ask' : 'auto');
          }
        });
      }),
    );
  });

  it('a stop by the user ends everything, and nothing follows of itself', () => {
    fc.assert(
      fc.property(lists, consent, (list, allowed) => {
        play(list, allowed, (_before, event, next, effects) => {
          if (event.type !== 'user' || event.want !== 'down') return;
          expect(next.state).toEqual({ name: 'resting', tried: [] });
          expect(effects).toEqual([]);
        });
      }),
    );
  });

  it('a gateway on trial may break once, and is acted on the next time', () => {
    fc.assert(
      fc.property(lists, consent, (list, allowed) => {
        play(list, allowed, (_before, _event, { state }) => {
          if (state.name === 'trial') expect(state.breaks).toBeLessThanOrEqual(maxBreaks);
        });
      }),
    );
  });
});
