import { isObject, parseJson } from '@deskclaw/protocol';
import { isErrno, isPair } from './pairs.ts';
import { type AnyPlan, failureOf, type Simulation } from './simulation.ts';
import { count, type Tally } from './tally.ts';

/** Result of a range of seeds. Plain data, because it passes between processes. */
export interface Report {
  /** CPU time that the schedules took, s. */
  readonly cpuSeconds: number;
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
  const { failed, mix, tally, cpuSeconds } = value;
  if (!isCounts(mix) || !isCounts(tally) || typeof cpuSeconds !== 'number') return undefined;
  return { cpuSeconds, ...(typeof failed === 'number' ? { failed } : {}), mix, tally };
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
  const began = process.cpuUsage();
  const report = (): Report => {
    const { user, system } = process.cpuUsage(began);
    return { cpuSeconds: (user + system) / 1e6, mix: [...mix], tally: [...tally] };
  };
  for (let seed = first; seed < first + runs; seed += 1) {
    const plan = simulation.makePlan(seed);
    for (const action of plan.actions) count(mix, action.do);
    if ((await failureOf(simulation, plan, log, tally)) !== undefined) return { failed: seed, ...report() };
  }
  return report();
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
  const cpuSeconds = reports.reduce((sum, report) => sum + report.cpuSeconds, 0);
  return {
    cpuSeconds,
    ...(failed.length === 0 ? {} : { failed: Math.min(...failed) }),
    mix: [...mix],
    tally: [...tally],
  };
}

export function tellReport({ mix, tally }: Report, tell: (line: string) => void): void {
  const total = mix.reduce((sum, [, times]) => sum + times, 0);
  const shares = [...mix]
    .sort(([, a], [, b]) => b - a)
    .map(([action, times]) => `${action} ${((100 * times) / total).toFixed(1)} %`);
  tell(`${String(total)} actions: ${shares.join(', ')}`);
  for (const [what, times] of tally
    .filter(([name]) => !isPair(name) && !isErrno(name))
    .sort(([a], [b]) => a.localeCompare(b)))
    tell(`${String(times).padStart(10)}  ${what}`);
}
