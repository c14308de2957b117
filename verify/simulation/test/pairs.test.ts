import { describe, expect, test } from 'vitest';
import { allPairs, pairCoverage } from '../src/pairs.ts';
import { readReport, together } from '../src/seeds.ts';
import { unreachableReason } from '../src/unreachable-pairs.ts';

describe('covered pairs of state and event', () => {
  test('the pairs of the supervisor are the rows of the generated table', () => {
    const pairs = allPairs('supervisor');
    expect(pairs).toContain('idle | up');
    expect(pairs).toContain('reaping>recover user | gone');
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(pairs.length).toBeGreaterThan(200);
  });

  test('a counted pair is covered and all others are missing', () => {
    const { all, covered, missing } = pairCoverage('connection', new Map([['pair: connection | closed | suspend', 3]]));
    expect([covered, missing.length]).toEqual([['closed | suspend'], all - 1]);
  });

  test('a pair that cannot be reached has a reason, and the others have none', () => {
    expect(unreachableReason('connection', 'closed | due')).toContain('no timer');
    expect(unreachableReason('connection', 'waiting | due')).toBeUndefined();
  });

  test('reports of several processes add up their counts and their CPU time', () => {
    const one = { cpuSeconds: 1.5, mix: [['start', 2]], tally: [['pair: connection | closed | suspend', 1]] } as const;
    const both = together([one, one]);
    expect(both).toMatchObject({ cpuSeconds: 3, tally: [['pair: connection | closed | suspend', 2]] });
    expect(readReport(JSON.stringify(both))).toEqual(both);
    expect(readReport('{"mix":[],"tally":[]}')).toBeUndefined();
  });
});
