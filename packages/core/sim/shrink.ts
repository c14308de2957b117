import type { Plan } from './plan.ts';
import { type Tally, Violation, World } from './world.ts';

/** Why this plan fails, or undefined where it does not. */
export async function failureOf(plan: Plan, log?: (line: string) => void, tally?: Tally): Promise<string | undefined> {
  try {
    await new World(plan, log, tally).run();
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error.message;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

/** The shortest plan found that still fails: leaves out ever smaller pieces for as long as it goes on failing. */
export async function shrink(plan: Plan): Promise<Plan> {
  let { actions } = plan;
  for (let piece = Math.ceil(actions.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let at = 0; at < actions.length; ) {
      const without = actions.toSpliced(at, piece);
      if ((await failureOf({ ...plan, actions: without })) === undefined) at += piece;
      else actions = without;
    }
  }
  return { ...plan, actions };
}
