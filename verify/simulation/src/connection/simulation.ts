import type { Simulation } from '../simulation.ts';
import { makePlan, type Plan } from './plan.ts';
import { World } from './world.ts';

/** The connection alone, against a gateway and a network that do their worst. */
export const connectionSimulation: Simulation<Plan> = {
  name: 'connection',
  makePlan,
  play: (plan, log, tally) => new World(plan, log, tally).run(),
  without: (plan, at, count) => ({ ...plan, actions: plan.actions.toSpliced(at, count) }),
  simpler: () => [],
  describe: ({ dialect, choice }) => `${dialect}, told ${choice}`,
};
