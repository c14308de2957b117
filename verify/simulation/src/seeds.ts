import { isObject, parseJson } from '@deskclaw/protocol';
import { type AnyPlan, failureOf, type Simulation } from './simulation.ts';
import { count, type Tally } from './tally.ts';

/** Result of a range of seeds. Plain data, because it passes between processes. */
export interface Report {
  /** The first seed that failed. */
  readonly failed?: number;
  /** How often each action was done. */
  readonly mix: readonly (readonly [action: string, times: number])[];
  readonly tally: readonly (readonly [what: string, times: number])[];
}

function isCounts(value: unknown): value is Report['mix'] {
  return (
    Array.isArray(value) &&
    value.every((pair: unknown) => Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'number')
  );
}

/** Reads a report from JSON. Returns `undefined` for any other text. */
export function readReport(text: string): Report | undefined {
  const value = parseJson(text);
  if (!isObject(value)) return undefined;
  const { failed, mix, tally } = value;
  if (!isCounts(mix) || !isCounts(tally)) return undefined;
  return { ...(typeof failed === 'number' ? { failed } : {}), mix, tally };
}

/** Plays one schedule after another until one fails. */
export async function runSeeds<Plan extends AnyPlan>(
  simulation: Simulation<Plan>,
  first: number,
  runs: number,
  log?: (line: string) => void,
): Promise<Report> {
  const mix: Tally = new Map();
  const tally: Tally = new Map();
  for (let seed = first; seed < first + runs; seed += 1) {
    const plan = simulation.makePlan(seed);
    for (const action of plan.actions) count(mix, action.do);
    if ((await failureOf(simulation, plan, log, tally)) !== undefined)
      return { failed: seed, mix: [...mix], tally: [...tally] };
  }
  return { mix: [...mix], tally: [...tally] };
}

/** Several as one. */
export function together(reports: readonly Report[]): Report {
  const mix: Tally = new Map();
  const tally: Tally = new Map();
  for (const report of reports) {
    for (const [action, times] of report.mix) count(mix, action, times);
    for (const [what, times] of report.tally) count(tally, what, times);
  }
  const failed = reports.flatMap((report) => report.failed ?? []);
  return { ...(failed.length === 0 ? {} : { failed: Math.min(...failed) }), mix: [...mix], tally: [...tally] };
}

export function tellReport({ mix, tally }: Report, tell: (line: string) => void): void {
  const total = mix.reduce((sum, [, times]) => sum + times, 0);
  const shares = [...mix]
    .sort(([, a], [, b]) => b - a)
    .map(([action, times]) => `${action} ${((100 * times) / total).toFixed(1)} %`);
  tell(`${String(total)} actions: ${shares.join(', ')}`);
  for (const [what, times] of [...tally].sort(([a], [b]) => a.localeCompare(b)))
    tell(`${String(times).padStart(10)}  ${what}`);
}
