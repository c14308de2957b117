import { type AnyPlan, failureOf, type Simulation } from './simulation.ts';

/** Returns the kind of a failure: its message with all numbers replaced by `#`. */
function kindOf(failure: string): string {
  return failure.replaceAll(/\d+/g, '#');
}

/** The shortest plan found that still fails in the same way: leaves out ever smaller pieces for as long as it does. */
export async function shrink<Plan extends AnyPlan>(
  simulation: Simulation<Plan>,
  plan: Plan,
  failure: string,
): Promise<Plan> {
  const fails = async (candidate: Plan) => kindOf((await failureOf(simulation, candidate)) ?? '') === kindOf(failure);
  let least = plan;
  for (let piece = Math.ceil(plan.actions.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let at = 0; at < least.actions.length; ) {
      const without = simulation.without(least, at, piece);
      if (await fails(without)) least = without;
      else at += piece;
    }
  }
  for (const simpler of simulation.simpler(least))
    if (await fails(simpler)) return shrink(simulation, simpler, failure);
  return least;
}
