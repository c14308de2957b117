import { test } from 'vitest';
import { wholeSimulation } from '../src/whole/simulation.ts';
import { playSeeds, seedRanges } from './play-seeds.ts';

test.each(seedRanges(151, 2_000, 250))(
  'a manager keeps every promise under the schedules of seeds %i to %i',
  { timeout: 240_000 },
  async (first, last) => {
    await playSeeds(wholeSimulation, first, last);
  },
);
