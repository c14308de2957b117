import type { GatewayStatus, RecoveryStatus } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Alert,
  type AlertPolicy,
  type AlertState,
  initialAlertState,
  noteStatus,
  passTime,
} from '../../src/alerts/alert-policy.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = 12 * HOUR;
const policy: AlertPolicy = { afterMs: 30_000, maxPerHour: 3 };
const night: AlertPolicy = { ...policy, quiet: { from: 22 * HOUR, to: 7 * HOUR } };

type Part = Pick<GatewayStatus, 'state'> & Partial<GatewayStatus>;

function status(part: Part): GatewayStatus {
  return {
    phase: 'idle',
    since: 0,
    ownership: 'owned',
    health: 'ok',
    generation: 1,
    host: '127.0.0.1',
    port: 1,
    url: 'ws://127.0.0.1:1/ws',
    reconnectAttempts: 0,
    restarts: 0,
    ...part,
  };
}

/** Feeds statuses at their times, and lets time pass whenever the policy asks for it; from noon on. */
function run(
  policyOfRun: AlertPolicy,
  events: readonly (readonly [atMs: number, part: Part])[],
  untilMs: number,
  startsAt = NOON,
) {
  let state: AlertState = initialAlertState;
  let wakeAt: number | undefined;
  const sent: (readonly [number, Alert['kind']])[] = [];
  const alerts: Alert[] = [];
  const timeAt = (now: number) => ({ now, msOfDay: (startsAt + now) % (24 * HOUR) });
  const take = (now: number, step: ReturnType<typeof passTime>) => {
    state = step.state;
    wakeAt = step.wakeInMs === undefined ? undefined : now + Math.max(1, step.wakeInMs);
    for (const alert of step.alerts) {
      sent.push([now, alert.kind]);
      alerts.push(alert);
    }
  };
  const passUntil = (now: number) => {
    while (wakeAt !== undefined && wakeAt <= now) take(wakeAt, passTime(state, policyOfRun, timeAt(wakeAt)));
  };
  for (const [at, part] of events) {
    passUntil(at);
    take(at, noteStatus(state, status(part), policyOfRun, timeAt(at)));
  }
  passUntil(untilMs);
  return { sent, alerts };
}

const up: Part = { state: 'running' };
const down: Part = { state: 'reconnecting' };
const error: Part = { state: 'error' };
const recovering: RecoveryStatus = { state: 'recovering', at: 0, message: 'DeskClaw tries something.' };

describe('alerts about a gateway', () => {
  it.each<[string, readonly (readonly [number, Part])[], readonly (readonly [number, Alert['kind']])[]]>([
    [
      'an interruption that is over sooner is not told',
      [
        [0, up],
        [10, down],
        [20_000, up],
      ],
      [],
    ],
    [
      'a longer one is told once, and its end',
      [
        [0, up],
        [10, down],
        [90_000, down],
        [100_000, up],
      ],
      [
        [30_010, 'down'],
        [100_000, 'back'],
      ],
    ],
    [
      'a process that starts again does not end it',
      [
        [0, up],
        [10, down],
        [20_000, { state: 'starting' }],
      ],
      [[30_010, 'down']],
    ],
    [
      'a gateway that runs without answering is down',
      [
        [0, up],
        [10, { state: 'running', health: 'unresponsive' }],
      ],
      [[30_010, 'down']],
    ],
    [
      'one that was given up is told at once',
      [
        [0, up],
        [10, down],
        [5_000, error],
      ],
      [[5_000, 'given-up']],
    ],
    [
      'giving up is told after the outage was',
      [
        [0, up],
        [10, down],
        [60_000, error],
        [70_000, up],
      ],
      [
        [30_010, 'down'],
        [60_000, 'given-up'],
        [70_000, 'back'],
      ],
    ],
    [
      'a gateway that recovery stops and starts is still down, and not given up',
      [
        [0, up],
        [10, { state: 'error', recovery: recovering }],
        [20, { state: 'stopping', recovery: recovering }],
        [30, { state: 'stopped', recovery: recovering }],
        [40, { state: 'starting', recovery: recovering }],
        [60_000, up],
      ],
      [
        [30_010, 'down'],
        [60_000, 'back'],
      ],
    ],
    [
      'a stop by the user is nothing to tell',
      [
        [0, up],
        [10, { state: 'stopping' }],
        [20, { state: 'stopped' }],
      ],
      [],
    ],
    [
      'a stop during an outage ends it in silence',
      [
        [0, up],
        [10, down],
        [20_000, { state: 'stopping' }],
      ],
      [],
    ],
    [
      'a start that fails is told by its command',
      [
        [0, { state: 'starting' }],
        [10, error],
      ],
      [],
    ],
  ])('%s', (_title, events, expected) => {
    expect(run(policy, events, 10 * MINUTE).sent).toEqual(expected);
  });

  it('the end of an outage says how long it was and why', () => {
    const problem = {
      code: 'connection.lost',
      title: 'Lost',
      detail: 'd',
      actions: [],
      retryable: true,
      at: 1,
    } as const;
    const { alerts } = run(
      policy,
      [
        [0, up],
        [1_000, { ...down, problem }],
        [61_000, up],
      ],
      MINUTE,
    );
    expect(alerts.at(-1)).toEqual({ kind: 'back', downForMs: 60_000, problem });
  });
});

describe('quiet hours', () => {
  const at22 = 22 * HOUR;
  const morning = 9 * HOUR;

  it('an outage that is over by the morning is told then, in one alert', () => {
    const { sent, alerts } = run(
      night,
      [
        [0, up],
        [MINUTE, down],
        [5 * MINUTE, up],
        [6 * MINUTE, down],
        [8 * MINUTE, up],
      ],
      morning,
      at22,
    );
    expect(sent).toEqual([[morning, 'held-back']]);
    expect(alerts[0]).toEqual({ kind: 'held-back', interruptions: 2, downForMs: 6 * MINUTE });
  });

  it('an outage that lasts is told when they end', () => {
    expect(
      run(
        night,
        [
          [0, up],
          [MINUTE, down],
        ],
        morning,
        at22,
      ).sent,
    ).toEqual([[morning, 'down']]);
  });

  it('a gateway that is given up is told at any hour', () => {
    expect(
      run(
        night,
        [
          [0, up],
          [MINUTE, error],
        ],
        morning,
        at22,
      ).sent,
    ).toEqual([[MINUTE, 'given-up']]);
  });
});

it('alerts beyond the limit of an hour are told later, in one', () => {
  const events = Array.from(
    { length: 6 },
    (_, n) =>
      [
        [n * 4 * MINUTE, up],
        [n * 4 * MINUTE + MINUTE, down],
      ] as const,
  ).flat();
  const { sent, alerts } = run(policy, [...events, [24 * MINUTE, up]], 120 * MINUTE);
  expect(sent.map(([, kind]) => kind)).toEqual(['down', 'back', 'down', 'held-back']);
  expect(sent[3]?.[0]).toBeGreaterThan(60 * MINUTE);
  expect(alerts.at(-1)).toMatchObject({ interruptions: 5 });
});

it('no more than the limit is sent within any hour, and no outage is told twice', () => {
  const part = fc.constantFrom<Part>(up, down, error, { state: 'starting' }, { state: 'stopped' });
  const event = fc.tuple(fc.integer({ min: 1, max: 20 * MINUTE }), part);
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 60 }),
      fc.integer({ min: 0, max: 24 * HOUR - 1 }),
      fc.boolean(),
      (gaps, minute, quiet) => {
        let at = 0;
        const events = gaps.map(([gap, each]) => {
          at += gap;
          return [at, each] as const;
        });
        const hasStop = events.some(([, { state }]) => state === 'stopped');
        const { sent } = run(quiet ? night : policy, events, at + 24 * 60 * MINUTE, minute);
        const limited = sent.filter(([, kind]) => kind !== 'given-up');
        for (const [from] of limited)
          expect(limited.filter(([time]) => time >= from && time < from + 60 * MINUTE).length).toBeLessThanOrEqual(3);
        sent.forEach(([, kind], index) => {
          if (kind === 'back') expect(['down', 'given-up', 'held-back']).toContain(sent[index - 1]?.[1]);
          // A stop by the user between two outages is not reported.
          if (kind === 'down' && !hasStop) expect(sent[index - 1]?.[1]).not.toBe('down');
        });
      },
    ),
  );
});
