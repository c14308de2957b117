import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Bench } from '../src/bench.ts';
import { checks } from '../src/checks.ts';
import { drawContracts } from '../src/contracts/contract.ts';
import { CONTRACTS_VARIABLE, contractChecks, contracts } from '../src/contracts.ts';
import { ensureInstalled } from '../src/install.ts';
import { drawTable, type Outcome } from '../src/table.ts';
import { chosenGenerations, type Generation } from '../src/versions.ts';

const outcomes = new Map<Generation, Map<string, Outcome>>();
const INSTALL_MS = 15 * 60_000;
const CHECK_MS = 4 * 60_000;

const onlyContracts = process.env[CONTRACTS_VARIABLE] === '1';
const chosen = onlyContracts ? checks.filter(({ name }) => contractChecks.has(name)) : checks;

afterAll(() => {
  console.log(`\n${drawTable(chosen, outcomes)}\n`);
  const [newest] = [...outcomes].filter(([{ letter }]) => letter === 'C');
  if (!onlyContracts || newest === undefined) return;
  const [{ version }, seen] = newest;
  const page = join(import.meta.dirname, '..', '..', '..', 'docs', 'openclaw-contracts.md');
  writeFileSync(page, drawContracts(contracts, version, seen));
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

  const fitting = chosen.filter(({ only }) => only === undefined || only.includes(generation.letter));
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
