import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeProblem } from '../../src/catalogue.ts';
import { type Problem, type ProblemCode, problemCodes } from '../../src/problem.ts';
import { needsSpecificFacts } from '../problem-examples.ts';
import { anyPlainFacts, anySpecificFacts } from './any-facts.ts';

interface Case {
  readonly problem: Problem;
  readonly facts: object;
}

function casesOf(code: ProblemCode): fc.Arbitrary<Case> {
  if (!needsSpecificFacts(code)) {
    return anyPlainFacts.map((facts) => ({ problem: describeProblem(code, facts, 0), facts }));
  }
  const anyFacts = anySpecificFacts[code];
  return fc.oneof(anyFacts).map((facts) => ({ problem: describeProblem(code, facts, 0), facts }));
}

/** Every value in a problem or in facts, however deep, as text. */
function texts(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(texts);
  return value === undefined ? [] : [String(value)];
}

/** Every text in the facts that can come from nowhere else, however deep. */
function words(value: unknown): string[] {
  return texts(value).filter((text) => text.includes('#'));
}

/** Where some of what is known is kept back, and why. */
const keepsBack: Partial<Record<ProblemCode, (facts: object) => boolean>> = {
  // The PATH has nothing to do with a file that is not executable, or with a folder that is missing.
  'gateway.not-found': (facts) => 'reason' in facts && facts.reason !== 'missing',
  // A reason without a close code, or with the one nobody sends, is not the peer's word.
  'connection.lost': (facts) => !('code' in facts) || facts.code === 1006,
};

const gap = /undefined|NaN|\[object|null/;

describe.each(problemCodes)('%s, whatever is known', (code) => {
  test('leaves no gap in its words', () => {
    fc.assert(
      fc.property(casesOf(code), ({ problem, facts }) => {
        // A fact may contain such a word by chance; written as JSON a line break before "ull" would too.
        fc.pre(!words(facts).some((word) => gap.test(word)));
        for (const text of texts(problem)) expect(text).not.toMatch(gap);
        expect(problem.detail).not.toMatch(/\(\)|: \.|, \.|"" /);
        expect(problem.actions.length).toBeGreaterThan(0);
      }),
    );
  });

  test('tells each thing that is known', () => {
    fc.assert(
      fc.property(casesOf(code), ({ problem, facts }) => {
        fc.pre(keepsBack[code]?.(facts) !== true);
        const text = JSON.stringify([problem.detail, problem.actions]);
        for (const word of words(facts)) expect(text).toContain(word);
      }),
    );
  });
});

test('every port that is offered exists', () => {
  fc.assert(
    fc.property(anySpecificFacts['port.in-use'], (facts) => {
      const [other] = describeProblem('port.in-use', facts, 0).actions;
      const offered = Number(/--port (\d+)$/.exec(other?.command ?? '')?.[1]);
      expect(offered).toBeGreaterThanOrEqual(0);
      expect(offered).toBeLessThanOrEqual(65_535);
      expect(offered).not.toBe(facts.port);
    }),
  );
});

test('every longer time that is offered is longer, in whole seconds', () => {
  fc.assert(
    fc.property(anySpecificFacts['request.timeout'], (facts) => {
      const [longer] = describeProblem('request.timeout', facts, 0).actions;
      const seconds = Number(/--timeout (\d+)$/.exec(longer?.command ?? '')?.[1]);
      expect(Number.isInteger(seconds)).toBe(true);
      expect(seconds * 1000).toBeGreaterThanOrEqual(facts.timeoutMs);
    }),
  );
});
