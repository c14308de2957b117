import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isObject } from '@deskclaw/protocol';
import { pathOf, type ReplayedStep, readExport, replay } from './replay.ts';

const usage = `Feeds an exported incident through the reducers of today.

  npm run replay -- FILE                      show each step, and where it departs from the record
  npm run replay -- FILE --test NAME.test.ts  turn it into a test: NAME.test.ts, and NAME.incident.json beside it

Make FILE with: deskclaw history --export FILE`;

function eventName(event: unknown): string {
  return isObject(event) && typeof event['type'] === 'string' ? event['type'] : '?';
}

function printStep({ recorded, outcome, departures }: ReplayedStep): void {
  const time = new Date(recorded.at).toISOString().slice(11, 23);
  const commands = outcome.effects.length === 0 ? '' : `  -> ${outcome.effects.join(', ')}`;
  console.log(
    `${time} ${recorded.reducer.padEnd(10)} ${eventName(recorded.event).padEnd(18)} ${outcome.state}${commands}`,
  );
  for (const departure of departures) console.log(`             DEPARTS: ${departure}`);
}

/** Writes a test that holds the path of today; its export is copied beside it. */
function writeTest(test: string, source: string, title: string, replayed: readonly ReplayedStep[]): void {
  const target = resolve(test);
  const fixture = target.replace(/\.test\.ts$/, '.incident.json');
  if (target === fixture) throw new Error('The name of a test ends with .test.ts');
  if (existsSync(target)) throw new Error(`${target} exists already`);
  copyFileSync(source, fixture);
  const library = relative(dirname(target), join(import.meta.dirname, 'replay.ts'));
  const quoted = (texts: readonly string[]) => JSON.stringify(texts).replaceAll('","', '", "').replaceAll('"', "'");
  writeFileSync(
    target,
    `import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pathOf, readExport, replay } from '${library.startsWith('.') ? library : `./${library}`}';

test(${JSON.stringify(`the incident "${title}" passes through the same states as it did`).replaceAll("'", "\\'").replace(/^"|"$/g, "'").replaceAll('\\"', '"')}, () => {
  const replayed = replay(readExport(join(import.meta.dirname, '${basename(fixture)}')));
  expect(replayed.flatMap(({ departures }) => departures)).toEqual([]);
  expect(pathOf(replayed, 'supervisor')).toEqual(${quoted(pathOf(replayed, 'supervisor'))});
  expect(pathOf(replayed, 'connection')).toEqual(${quoted(pathOf(replayed, 'connection'))});
});
`,
  );
  console.log(`Wrote ${target} and ${fixture}`);
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { test: { type: 'string' }, help: { type: 'boolean' } },
  });
  const [file] = positionals;
  if (file === undefined || values.help === true) {
    console.log(usage);
    return values.help === true ? 0 : 2;
  }
  const incident = readExport(file);
  const replayed = replay(incident);
  console.log(`${incident.title} (profile "${incident.profile}", DeskClaw ${incident.version})`);
  for (const step of replayed) printStep(step);
  const departing = replayed.filter(({ departures }) => departures.length > 0).length;
  console.log(`${String(replayed.length)} steps, ${String(departing)} depart from the record`);
  if (values.test !== undefined) writeTest(values.test, file, incident.title, replayed);
  return departing === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
