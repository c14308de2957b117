/** `npm run fuzz -- --minutes M --seed S [--targets A,B]`, `npm run fuzz -- --replay FILE`. Exit code 1: a rule was broken. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judge } from './judge.ts';
import { makeInput } from './make-input.ts';
import { readReplay, writeReplay } from './replay-file.ts';
import type { Failure, TargetReport } from './run-target.ts';
import type { Target } from './target.ts';
import { allTargets } from './targets.ts';
import { runInThread } from './watch-progress.ts';

const usage = `Usage: fuzz [--minutes M] [--seed S] [--targets A,B]
       fuzz --replay FILE
  feeds hostile input to everything that reads text of others, M minutes in all (default 1), and prints how often.
  A failing input is shrunk and written to a file in the current folder; --replay FILE feeds it again.`;

function refuse(message: string): never {
  console.error(`${message}\n${usage}`);
  process.exit(2);
}

function tableLine({ target, executions, seconds, labels }: TargetReport): string {
  const rate = Math.round(executions / seconds);
  const shares = Object.entries(labels)
    .sort(([, a], [, b]) => b - a)
    .map(([label, times]) => `${label} ${((100 * times) / executions).toFixed(1)} %`);
  return `${target.padEnd(18)}${String(executions).padStart(11)}${String(rate).padStart(9)}/s  ${shares.join(', ')}`;
}

function tell(failure: Failure): void {
  const path = writeReplay('.', failure);
  console.error(`\n${failure.target} fails: ${failure.reason}\n  Again: npm run fuzz -- --replay ${path}\n`);
}

async function fuzz(targets: readonly Target[], seed: number, minutes: number, folder: string): Promise<boolean> {
  const forMs = (minutes * 60_000) / targets.length;
  console.log(`fuzz: seed ${String(seed)}, ${String(minutes)} min, ${String(targets.length)} targets`);
  console.log(`${'target'.padEnd(18)}${'executions'.padStart(11)}${'rate'.padStart(11)}  outcomes`);
  let executions = 0;
  let isSound = true;
  for (const target of targets) {
    const result = await runInThread({ target: target.name, seed, forMs, folder });
    if (result.kind === 'hang') {
      const { execution } = result;
      tell({ target: target.name, seed, execution, reason: 'it hangs', input: makeInput(target, seed, execution) });
      isSound = false;
      continue;
    }
    const { report } = result;
    executions += report.executions;
    console.log(tableLine(report));
    if (report.failure === undefined) continue;
    tell(report.failure);
    isSound = false;
  }
  console.log(`${String(executions)} executions, ${isSound ? 'no rule broken' : 'rules were broken: see above'}`);
  return isSound;
}

async function replay(path: string, targets: readonly Target[]): Promise<boolean> {
  const { target: name, input, reason } = readReplay(path);
  const target = targets.find((each) => each.name === name) ?? refuse(`There is no target "${name}".`);
  console.log(`${name}, stored with: ${reason}`);
  const outcome = await judge(target, input);
  console.log('reason' in outcome ? `It fails: ${outcome.reason}` : `It passes (${outcome.label}).`);
  return !('reason' in outcome);
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    targets: { type: 'string' },
    replay: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const minutes = Number(values.minutes);
if (!(minutes > 0)) refuse(`--minutes takes a number above 0, not "${values.minutes}".`);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
if (!Number.isSafeInteger(seed) || seed < 0) refuse(`--seed takes a whole number, not "${String(values.seed)}".`);
const folder = mkdtempSync(join(tmpdir(), 'deskclaw-fuzz-'));
try {
  const all = allTargets(folder);
  const named = values.targets
    ?.split(',')
    .map((name) => all.find((target) => target.name === name.trim()) ?? refuse(`There is no target "${name}".`));
  const isSound =
    values.replay === undefined ? await fuzz(named ?? all, seed, minutes, folder) : await replay(values.replay, all);
  process.exitCode = isSound ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
