import { expect, test } from 'vitest';
import { unprintedActions } from '../src/action-scenes.ts';
import { notes, table } from '../src/report.ts';
import { runScenarios } from '../src/run.ts';
import { scenarios } from '../src/scenarios.ts';

/** One of each kind: before a process, while it starts, while it runs, of the settings, of a request, of a stop. */
const smoke = [
  '03 command not found',
  '23 exits 1 with stderr',
  '06 port: plain HTTP server',
  '10 config.json not JSON',
  '16 wrong token',
  '32 SIGSTOP',
  '43 call: no such method',
  'stop of a gateway that ignores SIGTERM',
];

test('npm run explain runs its scenarios and judges them well', { timeout: 300_000 }, async (context) => {
  if (process.platform !== 'linux') context.skip('processes are found in /proc');
  const chosen = scenarios.filter(({ name }) => smoke.includes(name));
  expect(chosen.map(({ name }) => name).sort()).toEqual([...smoke].sort());
  const report = await runScenarios(chosen, { jobs: 2 });
  const shown = [...table(report), ...notes(report)].join('\n');
  expect(report.failed, shown).toEqual([]);
  expect(unprintedActions(report.results)).toEqual([]);
  for (const { name, marks } of report.results) {
    const { time: _machine, ...others } = marks;
    expect([name, others], shown).toEqual([
      name,
      { cause: { points: 1 }, step: { points: 1 }, exit: { points: 1 }, story: { points: 1 }, clean: { points: 1 } },
    ]);
  }
});
