import { afterAll, beforeAll, describe, test } from 'vitest';
import { Bench } from '../src/bench.ts';
import { checks } from '../src/checks.ts';
import { ensureInstalled } from '../src/install.ts';
import { drawTable, type Outcome } from '../src/table.ts';
import { chosenGenerations, type Generation } from '../src/versions.ts';

const outcomes = new Map<Generation, Map<string, Outcome>>();
const INSTALL_MS = 15 * 60_000;
const CHECK_MS = 4 * 60_000;

afterAll(() => {
  console.log(`\n${drawTable(checks, outcomes)}\n`);
});

describe.each(chosenGenerations(process.env))('OpenClaw $version', (generation) => {
  const seen = new Map<string, Outcome>();
  outcomes.set(generation, seen);
  let bench: Bench | undefined;
  let missing = 'the installation did not end';

  beforeAll(async () => {
    const installed = await ensureInstalled(generation, process.env);
    if (installed.kind === 'installed') bench = await Bench.open(generation, installed.folder);
    else {
      missing = installed.reason;
      console.error(`\n*** OpenClaw ${generation.version} is NOT checked: ${missing}\n`);
    }
  }, INSTALL_MS);
  afterAll(() => bench?.close(), CHECK_MS);

  const fitting = checks.filter(({ only }) => only === undefined || only.includes(generation.letter));
  test.for(fitting)('check $name holds: $fact', { timeout: CHECK_MS }, async (check, { skip }) => {
    if (bench === undefined) {
      seen.set(check.name, { kind: 'not-run', why: missing });
      return skip(missing);
    }
    try {
      seen.set(check.name, { kind: 'held', note: await check.run(bench) });
    } catch (error) {
      seen.set(check.name, { kind: 'broken', why: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  });
});
