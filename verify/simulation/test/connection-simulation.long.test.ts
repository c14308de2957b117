import { test } from 'vitest';
import { connectionSimulation } from '../src/connection/simulation.ts';
import type { Tally } from '../src/tally.ts';
import { expectAllPairs, playSeeds, seedRanges } from './play-seeds.ts';

const tally: Tally = new Map();

test.each(seedRanges(1_501, 20_000, 2_500))(
  'a connection keeps every promise under the schedules of seeds %i to %i',
  { timeout: 240_000 },
  async (first, last) => {
    await playSeeds(connectionSimulation, first, last, tally);
  },
);

test('the schedules of a connection cover every pair of state and event that can be reached', () => {
  expectAllPairs('connection', tally);
});
