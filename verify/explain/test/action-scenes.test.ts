import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeProblem, type Problem, type ProblemCode, problemCodes } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyPlainFacts, anySpecificFacts } from '../../../packages/protocol/test/catalogue/any-facts.ts';
import { needsSpecificFacts } from '../../../packages/protocol/test/problem-examples.ts';
import { actionScenes, executedByTests, notExecuted } from '../src/action-scenes.ts';
import { scenarios } from '../src/scenarios.ts';

function sampleOf(code: ProblemCode): readonly Problem[] {
  const options = { seed: 1, numRuns: 300 };
  if (!needsSpecificFacts(code))
    return fc.sample(anyPlainFacts, options).map((facts) => describeProblem(code, facts, 0));
  return fc.sample(fc.oneof(anySpecificFacts[code]), options).map((facts) => describeProblem(code, facts, 0));
}

const root = join(import.meta.dirname, '..', '..', '..');

/** Every action with a command that the catalogue can give, by facts of all kinds: `port.in-use/other-port`. */
const offered = new Set(
  problemCodes.flatMap((code) =>
    sampleOf(code).flatMap(({ actions }) =>
      actions
        .filter(({ command }) => command !== undefined)
        .map(({ id }) => `${code}/${id.replace(/^fix-\d+$/, 'fix')}`),
    ),
  ),
);

describe('every action of the catalogue that has a command', () => {
  it('is executed in the scene that produces it, or is listed with the reason why not', () => {
    const listed = new Set([
      ...Object.keys(actionScenes),
      ...Object.keys(executedByTests),
      ...Object.keys(notExecuted),
    ]);
    expect([...offered].filter((action) => !listed.has(action))).toEqual([]);
  });

  it('is still in the catalogue where a list names it', () => {
    const listed = [...Object.keys(actionScenes), ...Object.keys(executedByTests), ...Object.keys(notExecuted)];
    expect(listed.filter((action) => !offered.has(action))).toEqual([]);
  });

  it('is executed by a scenario that exists', () => {
    const names = new Set(scenarios.map(({ name }) => name));
    expect(Object.values(actionScenes).filter((name) => !names.has(name))).toEqual([]);
  });

  it.each(Object.entries(executedByTests))('%s is executed by a test that exists: %s', (_action, place) => {
    const [file = '', title = ''] = place.split('#');
    expect(existsSync(join(root, file))).toBe(true);
    expect(readFileSync(join(root, file), 'utf8')).toContain(title);
  });
});
