import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { connectionSimulation } from './connection/simulation.ts';
import { runJobs } from './jobs.ts';
import { errnoCoverage, pairCoverage, type Reducer } from './pairs.ts';
import { runSeeds, tellReport } from './seeds.ts';
import { shrink } from './shrink.ts';
import { type AnyPlan, failureOf, type Simulation } from './simulation.ts';
import { unreachableReason } from './unreachable-pairs.ts';
import { errnos } from './whole/errno-faults.ts';
import { wholeSimulation } from './whole/simulation.ts';

const usage = `Usage: sim [--whole] [--seed S] [--runs N] [--jobs J]
  runs schedules S, S+1, ... against the real connection, with --whole against the real manager, processes and all.
  --runs 1 replays one, step by step. --jobs: so many processes at once (default 1; 0: one per core).`;

function fail(): never {
  console.error(usage);
  process.exit(2);
}

function integer(text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : fail();
}

async function explain<Plan extends AnyPlan>(simulation: Simulation<Plan>, seed: number, flag: string): Promise<void> {
  const plan = simulation.makePlan(seed);
  const failure = (await failureOf(simulation, plan)) ?? 'not any more';
  console.error(`Seed ${String(seed)} fails: ${failure}`);
  const least = await shrink(simulation, plan, failure);
  console.error(`\nThe least of it (${simulation.describe(least)}):`);
  const reason = await failureOf(simulation, least, (line) => console.error(`  ${line}`));
  console.error(`  ${reason ?? 'it does not fail any more'}\n\nAgain: pnpm sim ${flag}--seed ${String(seed)} --runs 1`);
}

interface Asked {
  readonly first: number;
  readonly runs: number;
  readonly jobs: number;
  /** Print one JSON document and nothing else. */
  readonly isJob: boolean;
}

async function main<Plan extends AnyPlan>(simulation: Simulation<Plan>, flag: string, asked: Asked): Promise<void> {
  const { first, runs, jobs, isJob } = asked;
  const began = performance.now();
  const isReplay = runs === 1 && !isJob;
  const { stackTraceLimit } = Error;
  // Thousands of errors belong to ordinary schedules, and nobody reads where they were made: a failing one is played again.
  if (!isReplay) Error.stackTraceLimit = 0;
  const report =
    jobs > 1
      ? await runJobs(process.argv[1] ?? '', flag === '' ? [] : [flag.trim()], { first, runs, jobs })
      : await runSeeds(simulation, first, runs, isReplay ? console.log : undefined);
  Error.stackTraceLimit = stackTraceLimit;
  if (isJob) {
    process.stdout.write(JSON.stringify(report));
    return;
  }
  if (report.failed !== undefined) {
    await explain(simulation, report.failed, flag);
    process.exitCode = 1;
    return;
  }
  const seconds = (performance.now() - began) / 1_000;
  const rate = Math.round(runs / report.cpuSeconds);
  console.log(
    `${String(runs)} ${simulation.name} schedules from seed ${String(first)}, no invariant broken, ${seconds.toFixed(1)} s, ${String(rate)} schedules per CPU-second`,
  );
  tellReport(report, console.log);
  const tally = new Map(report.tally);
  tellPairs(simulation.name === 'whole' ? 'supervisor' : 'connection', tally, console.log);
  if (simulation.name === 'whole') tellErrnos(tally, console.log);
}

/** Prints how often a call at each place failed with each error code. */
function tellErrnos(tally: ReadonlyMap<string, number>, tell: (line: string) => void): void {
  const { rows, missing } = errnoCoverage(tally);
  const all = rows.length * errnos.length;
  tell(`${String(all - missing.length)} of ${String(all)} pairs of call and error code covered`);
  const width = Math.max(...rows.map(({ site }) => site.length));
  const columns = (cells: readonly string[]) => cells.map((cell) => cell.padStart(8)).join('');
  tell(`  ${' '.repeat(width)}${columns(errnos)}`);
  for (const { site, counts } of rows) tell(`  ${site.padEnd(width)}${columns(counts.map(String))}`);
}

function tellPairs(reducer: Reducer, tally: ReadonlyMap<string, number>, tell: (line: string) => void): void {
  const { all, covered, missing } = pairCoverage(reducer, tally);
  const reachable = missing.filter((pair) => unreachableReason(reducer, pair) === undefined);
  const others = missing.length - reachable.length;
  tell(
    `${String(covered.length)} of ${String(all)} pairs of state and event of the ${reducer} covered, ${String(others)} cannot be reached`,
  );
  for (const pair of reachable) tell(`  not covered: ${pair}`);
}

const { values } = parseArgs({
  options: {
    whole: { type: 'boolean' },
    seed: { type: 'string' },
    runs: { type: 'string' },
    jobs: { type: 'string' },
    job: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (values.help === true) {
  console.log(usage);
} else {
  const jobs = integer(values.jobs, 1);
  const asked: Asked = {
    first: integer(values.seed, 1),
    runs: integer(values.runs, 10_000),
    jobs: jobs === 0 ? availableParallelism() : jobs,
    isJob: values.job === true,
  };
  if (values.whole === true) await main(wholeSimulation, '--whole ', asked);
  else await main(connectionSimulation, '', asked);
}
