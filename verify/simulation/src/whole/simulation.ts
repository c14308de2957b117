import type { Simulation } from '../simulation.ts';
import { makePlan, type Plan } from './plan.ts';
import { healthy } from './program.ts';
import { playSchedule } from './schedule.ts';

function* simpler(plan: Plan): Generator<Plan> {
  const { programs } = plan;
  for (const [index, program] of programs.entries()) {
    if (program !== healthy) yield { ...plan, programs: programs.with(index, healthy) };
  }
  if (programs.length > 1) yield { ...plan, programs: programs.slice(0, -1) };
  if (plan.drainMs > 0) yield { ...plan, drainMs: 0 };
  if (plan.lifeline) yield { ...plan, lifeline: false };
  if (plan.squatter !== undefined) yield { ...plan, squatter: undefined };
  if (plan.choice !== plan.dialect) yield { ...plan, choice: plan.dialect };
  if (plan.mode === 'auto') yield { ...plan, mode: 'supervise' };
}

/** The whole manager, over simulated processes whose sockets live no longer than they do. */
export const wholeSimulation: Simulation<Plan> = {
  name: 'whole',
  makePlan,
  play: playSchedule,
  without: (plan, at, count) => ({ ...plan, actions: plan.actions.toSpliced(at, count) }),
  simpler: (plan) => [...simpler(plan)],
  describe: ({ seed: _, actions: __, ...rest }) => JSON.stringify(rest),
};
