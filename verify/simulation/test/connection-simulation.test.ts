import { GatewayError } from '@deskclaw/core';
import { describe, expect, test } from 'vitest';
import { config, problem, samples } from '../../../packages/core/test/connection/samples.ts';
import { makePlan } from '../src/connection/plan.ts';
import { connectionSimulation } from '../src/connection/simulation.ts';
import { transitionFaults } from '../src/connection/transitions.ts';
import { Ledger } from '../src/ledger.ts';
import { playSeeds } from './play-seeds.ts';

const lastSeed = Number(process.env['SIM_SEEDS'] ?? 1_500);

test(`a connection keeps every promise under the schedules of seeds 1 to ${String(lastSeed)}`, {
  timeout: 120_000,
}, async () => {
  await playSeeds(connectionSimulation, 1, lastSeed);
});

describe('the judges of the simulation see', () => {
  async function booksOf(act: (ledger: Ledger) => void, now = 0): Promise<string[]> {
    const ledger = new Ledger();
    act(ledger);
    await Promise.resolve();
    await Promise.resolve();
    return [...ledger.faults(now, 0)];
  }
  const sent = (ledger: Ledger, times: number) => {
    for (let i = 0; i < times; i += 1) ledger.sent('{"params":{"token":"t1"}}');
  };
  const lost = (outcome: 'not-sent' | 'unknown' | 'answered') => Promise.reject(new GatewayError(problem, { outcome }));

  test.each<[what: string, act: (ledger: Ledger) => void, fault: RegExp | undefined]>([
    [
      'nothing wrong with a request sent once and answered',
      (l) => {
        l.watch(l.open('t1', false, 10, 0), Promise.resolve({ token: 't1' }), () => 0);
        sent(l, 1);
      },
      undefined,
    ],
    [
      'nothing wrong with a repeatable one sent twice',
      (l) => {
        l.open('t1', true, 10, 0);
        sent(l, 2);
      },
      undefined,
    ],
    [
      'a request sent twice that may not be',
      (l) => {
        l.open('t1', false, 10, 0);
        sent(l, 2);
      },
      /sent 2 times/,
    ],
    [
      "somebody else's answer",
      (l) => {
        l.watch(l.open('t1', false, 10, 0), Promise.resolve({ token: 't2' }), () => 0);
        sent(l, 1);
      },
      /somebody else/,
    ],
    [
      'a lie about what was not sent',
      (l) => {
        l.watch(l.open('t1', false, 10, 0), lost('not-sent'), () => 0);
        sent(l, 1);
      },
      /called not sent/,
    ],
    [
      'a lie about what was sent',
      (l) => {
        l.watch(l.open('t1', false, 10, 0), lost('unknown'), () => 0);
      },
      /called unknown/,
    ],
    [
      'a failure without an outcome',
      (l) => {
        l.watch(l.open('t1', false, 10, 0), Promise.reject(new GatewayError(problem)), () => 0);
      },
      /without an outcome/,
    ],
    [
      'an error of another kind',
      (l) => {
        l.watch(l.open('t1', false, 10, 0), Promise.reject(new Error('x')), () => 0);
      },
      /not a GatewayError/,
    ],
  ])('the ledger reports %s', async (_, act, fault) => {
    const faults = await booksOf(act);
    if (fault === undefined) expect(faults).toEqual([]);
    else expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  test('the ledger reports a request that outlives its timeout', async () => {
    expect(await booksOf((ledger) => ledger.open('t1', false, 10, 0), 5_000)).toEqual([
      't1 is past its timeout and not settled',
    ]);
  });

  test('transitionFaults reports an unknown edge, a delay out of bounds and a spent budget', () => {
    const { closed, connecting, ready, waiting } = samples;
    const faults = (
      ...[from, to]: [Parameters<typeof transitionFaults>[1], Parameters<typeof transitionFaults>[1]]
    ) => [...transitionFaults({ from, to, cause: 'due' }, from, config)];
    expect(faults(connecting, { ...waiting, retryAt: waiting.since + 4_000 })).toEqual([]);
    expect(faults(closed, ready)).toEqual(['closed -> ready is no edge']);
    expect(faults(connecting, { ...waiting, retryAt: waiting.since + 4_001 })).toHaveLength(1);
    expect(faults(connecting, { ...waiting, retryAt: waiting.since + 1_999 })).toHaveLength(1);
    expect(faults(connecting, { ...connecting, attempt: 11 })).toEqual(['attempt 11 is beyond the budget']);
    expect([...transitionFaults({ from: ready, to: closed, cause: 'due' }, connecting, config)]).toHaveLength(1);
  });
});

test('the same seed makes the same plan, another seed another one', () => {
  expect(makePlan(42)).toEqual(makePlan(42));
  expect(makePlan(42)).not.toEqual(makePlan(43));
});
