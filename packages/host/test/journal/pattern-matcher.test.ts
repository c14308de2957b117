import { nodeClock } from '@deskclaw/core';
import { afterEach, describe, expect, it } from 'vitest';
import { PatternMatcher } from '../../src/journal/pattern-matcher.ts';

/** Takes about 2^40 steps with `^(a+)+$`. */
const slowText = `${'a'.repeat(40)}!`;

const matchers: PatternMatcher[] = [];
afterEach(() => {
  for (const matcher of matchers.splice(0)) matcher.close();
});
function matcherOf(pattern: string, timeoutMs?: number): PatternMatcher {
  const matcher = new PatternMatcher(pattern, nodeClock, timeoutMs);
  matchers.push(matcher);
  return matcher;
}

describe('PatternMatcher', () => {
  it('answers for each text, in the order of the calls', async () => {
    const matcher = matcherOf('^\\p{Lu}');
    expect(await Promise.all([matcher.match(['Äb', 'äb', '']), matcher.match([]), matcher.match(['B'])])).toEqual([
      [true, false, false],
      [],
      [true],
    ]);
  });

  it.each(['^(a+)+$', '(a|aa)+$', '^(([a-z])+.)+[A-Z]([a-z])+$'])(
    'a pattern that backtracks for ever is stopped and named: %s',
    async (pattern) => {
      await expect(matcherOf(pattern, 100).match([slowText])).rejects.toMatchObject({
        code: 'request.invalid',
        problem: { detail: expect.stringContaining(`"${pattern}" was stopped after 0.1 s`) },
      });
    },
  );

  it('this thread goes on while a pattern backtracks', async () => {
    const search = matcherOf('^(a+)+$', 300).match([slowText]);
    let turns = 0;
    const turn = setInterval(() => (turns += 1), 1);
    await expect(search).rejects.toMatchObject({ code: 'request.invalid' });
    clearInterval(turn);
    expect(turns).toBeGreaterThan(10);
  });

  it('a call that waits behind a stopped one is answered', async () => {
    const matcher = matcherOf('^(a+)+$', 100);
    const stopped = matcher.match([slowText]);
    const next = matcher.match(['aa', 'b']);
    await expect(stopped).rejects.toMatchObject({ code: 'request.invalid' });
    expect(await next).toEqual([true, false]);
  });
});
