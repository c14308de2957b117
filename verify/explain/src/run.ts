import { judge } from './judge.ts';
import type { Report } from './report.ts';
import type { Scenario } from './scenario.ts';

type Outcome = { readonly index: number } & (
  | { readonly kind: 'result'; readonly result: Report['results'][number] }
  | { readonly kind: 'skipped' | 'failed'; readonly entry: Report['skipped'][number] }
);

async function outcomeOf(scenario: Scenario, index: number): Promise<Outcome> {
  const { name } = scenario;
  const unavailable = scenario.unavailable?.();
  if (unavailable !== undefined) return { index, kind: 'skipped', entry: { name, why: unavailable } };
  try {
    return { index, kind: 'result', result: await judge(scenario) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { index, kind: 'failed', entry: { name, why: why.slice(0, 300) } };
  }
}

export interface RunOptions {
  /** How many scenarios run at the same time. */
  readonly jobs: number;
  readonly onDone?: (name: string, outcome: Outcome) => void;
}

/** Judges the scenarios, some at a time. */
export async function runScenarios(scenarios: readonly Scenario[], { jobs, onDone }: RunOptions): Promise<Report> {
  const startedAt = performance.now();
  const waiting = [...scenarios.entries()];
  const outcomes: Outcome[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, scenario] = next;
      const outcome = await outcomeOf(scenario, index);
      outcomes.push(outcome);
      onDone?.(scenario.name, outcome);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  outcomes.sort((a, b) => a.index - b.index);
  return {
    results: outcomes.flatMap((outcome) => (outcome.kind === 'result' ? [outcome.result] : [])),
    skipped: outcomes.flatMap((outcome) => (outcome.kind === 'skipped' ? [outcome.entry] : [])),
    failed: outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [outcome.entry] : [])),
    tookMs: performance.now() - startedAt,
  };
}
