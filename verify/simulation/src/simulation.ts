import type { Tally } from './tally.ts';
import { Violation } from './violation.ts';

/** The part that all plans share: a seed and the actions, in order. */
export interface AnyPlan {
  readonly seed: number;
  readonly actions: readonly { readonly do: string }[];
}

/** Takes a line about what happens; most schedules are played without anybody who reads it. */
export type Log = (line: string) => void;

/** Tells a world that no line need be written. */
export const silent: Log = () => undefined;

/** A kind of schedule: how to make one from a seed, and how to play it. */
export interface Simulation<Plan extends AnyPlan> {
  readonly name: string;
  readonly makePlan: (seed: number) => Plan;
  /** @throws Violation */
  readonly play: (plan: Plan, log: Log, tally: Tally) => Promise<void>;
  /** The same plan with some of its actions left out. */
  readonly without: (plan: Plan, at: number, count: number) => Plan;
  /** Variants of the plan with one setting made ordinary; the shrinker keeps one that still fails. */
  readonly simpler: (plan: Plan) => readonly Plan[];
  /** Describes the settings of a plan, without its actions. */
  readonly describe: (plan: Plan) => string;
}

/** Returns why the plan fails, or `undefined` if it passes. */
export async function failureOf<Plan extends AnyPlan>(
  simulation: Simulation<Plan>,
  plan: Plan,
  log: Log = silent,
  tally: Tally = new Map(),
): Promise<string | undefined> {
  // Simulated time takes no turn of the event loop, which the program around it may need.
  await new Promise((resolve) => setImmediate(resolve));
  try {
    await simulation.play(plan, log, tally);
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error.message;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
