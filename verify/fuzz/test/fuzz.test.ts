import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runTarget } from '../src/run-target.ts';
import { allTargets } from '../src/targets.ts';

const SEED = 1;

/** Bounded by executions, so that each run of the tests feeds the same inputs; about half a second each. */
const executions: Readonly<Record<string, number>> = {
  'jsonrpc-codec': 2_500,
  'openclaw-codec': 2_500,
  'jsonrpc-peer': 400,
  'openclaw-peer': 400,
  handshake: 2_000,
  connection: 300,
  'chat-reducer': 500,
  'text-gate': 1_500,
  'config-file': 150,
  'journal-file': 300,
  'ownership-record': 4_000,
  'lock-record': 150,
};

const folder = mkdtempSync(join(tmpdir(), 'deskclaw-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const targets = allTargets(folder);

test('every fuzz target has its number of executions', () => {
  expect(targets.map(({ name }) => name)).toEqual(Object.keys(executions));
});

test.each(targets)('fuzz target $name keeps its rules under hostile input', async (target) => {
  const report = await runTarget(target, { seed: SEED, executions: executions[target.name] ?? 0 });
  expect(report.failure).toBeUndefined();
  // An input that is never accepted, or never refused, tests only one half.
  expect(Object.keys(report.labels).length).toBeGreaterThan(1);
});
