import { expect } from 'vitest';
import { pairCoverage, type Reducer } from '../src/pairs.ts';
import { type AnyPlan, failureOf, type Simulation } from '../src/simulation.ts';
import type { Tally } from '../src/tally.ts';
import { unreachableReason } from '../src/unreachable-pairs.ts';

/**
 * Plays every schedule from the first seed to the last.
 * Fails at the first one that breaks a promise, with the command that replays it.
 */
export async function playSeeds<Plan extends AnyPlan>(
  simulation: Simulation<Plan>,
  first: number,
  last: number,
  tally: Tally = new Map(),
): Promise<void> {
  const kind = simulation.name === 'whole' ? ' --whole' : '';
  for (let seed = first; seed <= last; seed += 1) {
    const failure = await failureOf(simulation, simulation.makePlan(seed), undefined, tally);
    if (failure !== undefined)
      expect.fail(
        `seed ${String(seed)}: ${failure}. See it with: npm run sim --${kind} --seed ${String(seed)} --runs 1`,
      );
  }
}

/** Fails where the counted schedules left out a pair that can be covered, or covered one that is said to be out of reach. */
export function expectAllPairs(reducer: Reducer, tally: Tally): void {
  const { covered, missing } = pairCoverage(reducer, tally);
  const isReachable = (pair: string): boolean => unreachableReason(reducer, pair) === undefined;
  expect({
    notCovered: missing.filter(isReachable),
    coveredAllTheSame: covered.filter((pair) => !isReachable(pair)),
  }).toEqual({ notCovered: [], coveredAllTheSame: [] });
}

/** Returns ranges of `size` seeds each, from `first` to `last`, both included. */
export function seedRanges(first: number, last: number, size: number): readonly (readonly [number, number])[] {
  return Array.from({ length: Math.ceil((last - first + 1) / size) }, (_, index) => {
    const from = first + index * size;
    return [from, Math.min(last, from + size - 1)] as const;
  });
}
