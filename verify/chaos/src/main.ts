/** `pnpm chaos --minutes M --seed S [--kinds A,B] [--json]`: faults without mercy, and what became of every must. Exit code 1: one was broken. */
import { parseArgs } from 'node:util';
import { type FaultKind, faultKinds } from './faults.ts';
import { isSound, summaryLine, tableLines } from './report.ts';
import { runChaos } from './run.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    kinds: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

function refuse(words: string): never {
  console.error(words);
  process.exit(2);
}

function kindsNamed(text: string): readonly FaultKind[] {
  return text.split(',').map((name) => {
    const found = faultKinds.find((kind) => kind === name.trim());
    return found ?? refuse(`There is no fault "${name}"; choose of: ${faultKinds.join(', ')}.`);
  });
}

const minutes = Number(values.minutes);
if (!(minutes > 0)) refuse(`--minutes takes a number above 0, not "${values.minutes}".`);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1_000_000));
if (!Number.isSafeInteger(seed) || seed < 0) refuse(`--seed takes a whole number, not "${String(values.seed)}".`);
if (process.platform !== 'linux') refuse('The process table is read from /proc: this runs on Linux only.');

const abort = new AbortController();
process.once('SIGINT', () => abort.abort());
if (!values.json) console.log(`chaos: seed ${String(seed)}, ${String(minutes)} min`);
const report = await runChaos({
  seed,
  forMs: minutes * 60_000,
  signal: abort.signal,
  ...(values.kinds === undefined ? {} : { kinds: kindsNamed(values.kinds) }),
});
if (values.json) console.log(JSON.stringify(report, undefined, 2));
else {
  for (const line of [...tableLines(report), ...report.trace, summaryLine(report)]) console.log(line);
}
process.exit(isSound(report) ? 0 : 1);
