import { expect } from 'vitest';
import { type AnyPlan, failureOf, type Simulation } from '../src/simulation.ts';

/**
 * Plays every schedule from the first seed to the last.
 * Fails at the first one that breaks a promise, with the command that replays it.
 */
export async function playSeeds<Plan extends AnyPlan>(
  simulation: Simulation<Plan>,
  first: number,
  last: number,
): Promise<void> {
  const kind = simulation.name === 'whole' ? ' --whole' : '';
  for (let seed = first; seed <= last; seed += 1) {
    const failure = await failureOf(simulation, simulation.makePlan(seed));
    if (failure !== undefined)
      expect.fail(
        `seed ${String(seed)}: ${failure}. See it with: npm run sim --${kind} --seed ${String(seed)} --runs 1`,
      );
  }
}

/** Returns ranges of `size` seeds each, from `first` to `last`, both included. */
export function seedRanges(first: number, last: number, size: number): readonly (readonly [number, number])[] {
  return Array.from({ length: Math.ceil((last - first + 1) / size) }, (_, index) => {
    const from = first + index * size;
    return [from, Math.min(last, from + size - 1)] as const;
  });
}
