import { test } from 'vitest';
import { connectionSimulation } from '../src/connection/simulation.ts';
import { playSeeds, seedRanges } from './play-seeds.ts';

test.each(seedRanges(1_501, 20_000, 2_500))(
  'a connection keeps every promise under the schedules of seeds %i to %i',
  { timeout: 240_000 },
  async (first, last) => {
    await playSeeds(connectionSimulation, first, last);
  },
);
