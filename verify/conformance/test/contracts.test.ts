import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checks } from '../src/checks.ts';
import { type Contract, drawContracts, judgeContract, sources } from '../src/contracts/contract.ts';
import { contracts } from '../src/contracts.ts';
import type { Outcome } from '../src/table.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const page = readFileSync(join(root, 'docs', 'openclaw-contracts.md'), 'utf8');
const sample: Contract = { id: 'S99', source: 'SUP', asks: 'a | b', verdict: 'holds', checks: ['one', 'two'] };

describe('the contracts of OpenClaw', () => {
  test('every statement has an id of its own and names documents that exist', () => {
    expect(new Set(contracts.map(({ id }) => id)).size).toBe(contracts.length);
    for (const { source } of contracts) for (const name of source.split(', ')) expect(sources).toHaveProperty([name]);
  });

  test('every check and test file that is named as evidence exists', () => {
    const names = new Set(checks.map(({ name }) => name));
    for (const { id, checks: named = [], tests = [] } of contracts) {
      for (const name of named) expect([id, name, names.has(name)]).toEqual([id, name, true]);
      for (const file of tests) expect([id, file, existsSync(join(root, file))]).toEqual([id, file, true]);
    }
  });

  test('every statement that does not hold says what is missing', () => {
    for (const { id, verdict, note } of contracts)
      if (verdict !== 'holds') expect([id, note]).toEqual([id, expect.stringMatching(/\w/)]);
  });

  test('the page has every statement as it is written here', () => {
    for (const { id, source, asks } of contracts)
      expect(page).toContain(`| ${id} | ${source} | ${asks.replaceAll('|', '\\|')} |`);
  });
});

describe('evidence decides', () => {
  const held: Outcome = { kind: 'held', note: undefined };
  const broken: Outcome = { kind: 'broken', why: 'it changed' };

  test.each<[Outcome, Outcome, string]>([
    [held, held, 'holds'],
    [held, broken, 'not'],
    [held, { kind: 'not-run', why: 'no network' }, 'holds'],
  ])('a statement whose checks are %o and %o %s', (one, two, verdict) => {
    const outcomes = new Map([['one', one] as const, ['two', two] as const]);
    expect(judgeContract(sample, outcomes)).toBe(verdict);
    const drawn = drawContracts([sample], '1.2.3', outcomes);
    expect(drawn).toContain(String.raw`| S99 | SUP | a \| b | ${verdict} |`);
    expect(drawn).toContain(verdict === 'holds' ? 'Of 1 statements 1 hold' : 'Of 1 statements 0 hold');
  });

  test('a check that was not run is no evidence, and is shown as that', () => {
    expect(drawContracts([sample], '1.2.3', new Map())).toContain('"one" not run, "two" not run');
  });
});
