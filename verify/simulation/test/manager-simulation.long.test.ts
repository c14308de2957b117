import { expect, test } from 'vitest';
import { failureOf } from '../src/simulation.ts';
import type { Tally } from '../src/tally.ts';
import { directedPlans } from '../src/whole/directed.ts';
import { wholeSimulation } from '../src/whole/simulation.ts';
import { expectAllPairs, playSeeds, seedRanges } from './play-seeds.ts';

const tally: Tally = new Map();

test.each(seedRanges(151, 2_000, 250))(
  'a manager keeps every promise under the schedules of seeds %i to %i',
  { timeout: 240_000 },
  async (first, last) => {
    await playSeeds(wholeSimulation, first, last, tally);
  },
);

test('a manager keeps every promise under the schedules for rare pairs of state and event', async () => {
  for (const plan of directedPlans)
    expect(await failureOf(wholeSimulation, plan, undefined, tally), JSON.stringify(plan.actions)).toBeUndefined();
});

test('the schedules of a manager cover every pair of state and event of the supervisor that can be reached', () => {
  expectAllPairs('supervisor', tally);
});
