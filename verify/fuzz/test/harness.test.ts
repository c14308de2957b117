import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '@deskclaw/core/testing';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { judge } from '../src/judge.ts';
import { makeInput } from '../src/make-input.ts';
import { mutate } from '../src/mutate.ts';
import { readReplay, writeReplay } from '../src/replay-file.ts';
import { runTarget } from '../src/run-target.ts';
import { kindOf, must, type Target } from '../src/target.ts';
import { allTargets } from '../src/targets.ts';

const folder = mkdtempSync(join(tmpdir(), 'deskclaw-fuzz-harness-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Breaks its rule for a text that has both a brace and a quote, and throws for one that has a NUL. */
const planted: Target = {
  name: 'planted',
  samples: [['a "quoted" word', 'another'], ['{plain}']],
  generate: () => ['nothing'],
  check: (input) => {
    for (const text of input) {
      must(!(text.includes('{') && text.includes('"')), 'a brace meets a quote', () => text);
      if (text.includes('\0')) throw new TypeError('a NUL');
    }
    return 'fine';
  },
};

describe('the fuzz harness', () => {
  test('a planted fault is found, shrunk to its two characters, stored and replayed', async () => {
    const { failure, executions } = await runTarget(
      { ...planted, generate: () => ['{"'] },
      { seed: 1, executions: 1_000 },
    );
    expect(executions).toBeLessThan(1_000);
    expect(failure).toMatchObject({ target: 'planted', reason: expect.stringContaining('a brace meets a quote') });
    if (failure === undefined) return;
    expect(failure.input.map((text) => text.length)).toEqual([2]);
    const replay = readReplay(writeReplay(folder, failure));
    expect(replay).toEqual({ target: 'planted', input: failure.input, reason: failure.reason });
    expect(await judge(planted, replay.input)).toEqual({ reason: failure.reason });
  });

  test('an error that is no broken rule is reported as uncaught', async () => {
    expect(await judge(planted, ['a\0b'])).toEqual({
      reason: expect.stringMatching(/^uncaught error: TypeError: a NUL/),
    });
    expect(await judge(planted, ['a'])).toEqual({ label: 'fine' });
  });

  test('an input that takes more CPU time than the limit, each time, is too slow', async () => {
    const slow: Target = {
      ...planted,
      check: () => {
        const until = performance.now() + 150;
        while (performance.now() < until);
        return 'late';
      },
    };
    expect(await judge(slow, [''], 10)).toEqual({ reason: expect.stringMatching(/^too slow: \d+ ms/) });
    expect(await judge(slow, [''], 1_000)).toEqual({ label: 'late' });
  });

  test('failures of one kind differ in their numbers and cases only', () => {
    expect(kindOf('a rule: 1')).toBe(kindOf('a rule: other'));
    expect(kindOf('uncaught error: TypeError: at 12\n  at x')).toBe(kindOf('uncaught error: TypeError: at 7\n  at y'));
    expect(kindOf('uncaught error: TypeError: a')).not.toBe(kindOf('uncaught error: RangeError: a'));
  });

  test('the inputs of a seed are the same each time, and those of another seed are others', () => {
    for (const target of allTargets(folder)) {
      const inputs = (seed: number) => Array.from({ length: 20 }, (_, n) => makeInput(target, seed, n));
      expect(inputs(3)).toEqual(inputs(3));
      expect(inputs(3)).not.toEqual(inputs(4));
    }
  });

  test('a mutation makes texts of a bounded length from any texts', () => {
    const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 });
    fc.assert(
      fc.property(texts, texts, fc.nat(), (input, other, seed) => {
        const mutated = mutate(input, new SeededRandom(seed), other);
        expect(mutated.length <= 64 && mutated.every((text) => text.length <= 200_000)).toBe(true);
      }),
    );
  });
});
