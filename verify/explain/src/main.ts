/** `npm run explain -- [--only NAME,NAME] [--list] [--json] [--write] [--jobs N]`: exit code 1 below the goal, or where action-scenes.ts claims what is not printed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { unprintedActions } from './action-scenes.ts';
import { questions } from './judge.ts';
import { lostPoints, meetsGoal, notes, summary, table } from './report.ts';
import { runScenarios } from './run.ts';
import { scenarios } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    list: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
  },
});

function refuse(words: string): never {
  console.error(words);
  process.exit(2);
}

if (values.list) {
  for (const { name } of scenarios) console.log(name);
  process.exit(0);
}
if (process.platform !== 'linux') refuse('Processes are found in /proc: this runs on Linux only.');

const only = values.only?.split(',').map((text) => text.trim());
const chosen = scenarios.filter(({ name }) => only === undefined || only.some((text) => name.includes(text)));
if (chosen.length === 0) refuse(`No scenario has "${String(values.only)}" in its name; --list shows them.`);
if (values.write && only !== undefined) refuse('--write writes the table of all scenarios: leave out --only.');

const report = await runScenarios(chosen, {
  jobs: Number(values.jobs),
  onDone: (name, outcome) => {
    const marks =
      outcome.kind === 'result'
        ? questions.map((question) => String(outcome.result.marks[question].points)).join(' ')
        : `${outcome.kind}: ${outcome.entry.why}`;
    console.error(`${name}: ${marks}`);
    if (outcome.kind === 'result') for (const line of lostPoints(outcome.result)) console.error(`    ${line}`);
  },
});

const unprinted = unprintedActions(report.results).map((fault) => `- ${fault}`);

const page = join(import.meta.dirname, '..', '..', '..', 'docs', 'failures.md');
if (values.write) {
  const heading = [
    '# How failures are explained',
    '',
    'Written by `npm run explain -- --write`; [testing.md](testing.md) says how it is judged. Y is a point, P half of one.',
    '',
    `A run of ${new Date().toISOString().slice(0, 16).replace('T', ', ')} UTC.`,
    '',
    `${summary(report)}.`,
  ];
  writeFileSync(
    page,
    `${[...heading, '', ...table(report), '', ...notes(report), ...unprinted].join('\n').trimEnd()}\n`,
  );
}
if (values.json) console.log(JSON.stringify(report, undefined, 2));
else for (const line of [...table(report), '', ...notes(report), ...unprinted, summary(report)]) console.log(line);
process.exit(meetsGoal(report) && unprinted.length === 0 ? 0 : 1);
