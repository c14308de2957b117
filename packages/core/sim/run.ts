import { parseArgs } from 'node:util';
import { type Action, makePlan } from './plan.ts';
import { failureOf, shrink } from './shrink.ts';
import type { Tally } from './world.ts';

const usage =
  'Usage: sim [--seed S] [--runs N]   runs schedules S, S+1, ... against the real connection; --runs 1 replays one';

function integer(text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(usage);
  process.exit(2);
}

function describeMix(mix: ReadonlyMap<Action['do'], number>): string {
  const total = [...mix.values()].reduce((sum, count) => sum + count, 0);
  const shares = [...mix]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${((100 * count) / total).toFixed(1)} %`);
  return `${String(total)} actions: ${shares.join(', ')}`;
}

async function explain(seed: number, failure: string): Promise<void> {
  console.error(`Seed ${String(seed)} fails: ${failure}`);
  const least = await shrink(makePlan(seed));
  console.error(`\nThe least of it (${least.dialect}, told ${least.choice}):`);
  const reason = await failureOf(least, (line) => console.error(`  ${line}`));
  console.error(`  ${reason ?? 'it does not fail any more'}\n\nAgain: sim --seed ${String(seed)} --runs 1`);
}

const { values } = parseArgs({
  options: { seed: { type: 'string' }, runs: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help === true) {
  console.log(usage);
  process.exit(0);
}
const first = integer(values.seed, 1);
const runs = integer(values.runs, 10_000);
const mix = new Map<Action['do'], number>();
const tally: Tally = new Map();
const began = performance.now();
for (let seed = first; seed < first + runs; seed += 1) {
  const plan = makePlan(seed);
  for (const action of plan.actions) mix.set(action.do, (mix.get(action.do) ?? 0) + 1);
  const failure = await failureOf(plan, undefined, tally);
  if (failure === undefined) continue;
  await explain(seed, failure);
  process.exit(1);
}
const seconds = (performance.now() - began) / 1_000;
console.log(`${String(runs)} schedules from seed ${String(first)}, no invariant broken, ${seconds.toFixed(1)} s`);
console.log(describeMix(mix));
for (const [what, times] of [...tally].sort(([a], [b]) => a.localeCompare(b))) {
  console.log(`${String(times).padStart(10)}  ${what}`);
}
