import { existsSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Set to `1` by `npm test -- --all`: the run includes the long tier. */
export const ALL_TIERS_VARIABLE = 'DESKCLAW_TEST_ALL';

/** The command that also runs the long tier, as a person types it. */
export const allTiersCommand = 'npm test -- --all';

/** Matches the files of the long tier, whatever the folder. */
export const longTierPattern = '**/*.long.test.{ts,tsx}';

/**
 * Splits the arguments of `npm test`: `--all` is its own, the rest are vitest's.
 * @param {readonly string[]} args
 */
export function parseTestArguments(args) {
  return { all: args.includes('--all'), rest: args.filter((argument) => argument !== '--all') };
}

/**
 * Returns whether a run includes the long tier: it was asked for all tiers, or an argument names a file of the long tier.
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function includesLongTier(args, env) {
  return env[ALL_TIERS_VARIABLE] === '1' || args.some((argument) => argument.includes('.long.test.'));
}

/**
 * Returns the test files of the long tier in the `test` folder of a member of the workspace, without fixtures.
 * @param {string} folder
 * @returns {string[]} absolute paths, sorted
 */
export function longTierFiles(folder) {
  const tests = join(folder, 'test');
  if (!existsSync(tests)) return [];
  return readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.long\.test\.tsx?$/.test(name) && !name.split(sep).includes('fixtures'))
    .map((name) => join(tests, name))
    .sort();
}
