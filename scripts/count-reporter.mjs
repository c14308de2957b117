// @ts-check
import { writeFileSync } from 'node:fs';
import { allTiersCommand, includesLongTier, longTierFiles } from './setup/tiers.mjs';

/** Where `scripts/test.mjs` wants the counts, so that it can say them last, after everything else has been printed. */
const countsFile = process.env['DESKCLAW_TEST_COUNTS'];

/** @typedef {import('vitest/node').Reporter} Reporter */
/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @param {Counts} counts */
export function countLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * Ends every run with one plain line of counts over all suites, after naming each skipped test and its reason and the
 * number of files left to the long tier: a check that silently did not run looks like one that passed.
 * @implements {Reporter}
 */
export default class CountReporter {
  /** @type {import('vitest/node').Vitest | undefined} */
  #vitest;

  /** @param {import('vitest/node').Vitest} vitest */
  onInit(vitest) {
    this.#vitest = vitest;
  }

  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const { counts, skips } = tally(modules, this.#vitest?.config.testNamePattern !== undefined);
    // An error outside any test fails the run, so it has to show in the counts.
    counts.failed += unhandledErrors.length;
    if (skips.length > 0) console.log(`\nSkipped:\n${skips.map((skip) => `  ${skip}`).join('\n')}`);
    const leftOut = this.#vitest === undefined ? 0 : countLongTierFiles(this.#vitest);
    if (leftOut > 0) console.log(`\n${leftOutLine(leftOut)}`);
    if (countsFile === undefined) console.log(`\n${countLine(counts)}`);
    else writeFileSync(countsFile, JSON.stringify(counts));
  }
}

/** @param {number} files */
function leftOutLine(files) {
  const subject = files === 1 ? '1 test file of the long tier was' : `${files} test files of the long tier were`;
  return `${subject} left out, because they take minutes or install a real OpenClaw. "${allTiersCommand}" runs them too.`;
}

/**
 * Counts the files of the long tier that this run would have included with all tiers.
 * @param {import('vitest/node').Vitest} vitest
 */
function countLongTierFiles(vitest) {
  if (includesLongTier(process.argv, process.env)) return 0;
  // The paths on the command line; vitest keeps them to itself.
  const patterns = Reflect.get(vitest, 'filenamePattern');
  const filters = Array.isArray(patterns) ? patterns.map(String) : [];
  return vitest.projects
    .flatMap((project) => longTierFiles(project.config.root))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter))).length;
}

/**
 * @param {readonly import('vitest/node').TestModule[]} modules
 * @param {boolean} filtered whether a name filter left tests out on purpose
 */
function tally(modules, filtered) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  /** @type {string[]} */
  const skips = [];
  let leftOut = 0;
  for (const module of modules) {
    let failedHere = 0;
    for (const test of module.children.allTests()) {
      const result = test.result();
      switch (result.state) {
        case 'passed':
          counts.passed += 1;
          break;
        case 'failed':
          failedHere += 1;
          break;
        case 'skipped':
        case 'pending': {
          counts.skipped += 1;
          const note = result.state === 'skipped' ? result.note : 'the run ended before it';
          if (note === undefined && filtered) leftOut += 1;
          else skips.push(`${module.project.name}: ${test.fullName}: ${note ?? 'no reason given'}`);
          break;
        }
      }
    }
    // A file that could not be loaded, or a hook that failed, has no failed test to show for it.
    counts.failed += failedHere === 0 && module.state() === 'failed' ? 1 : failedHere;
  }
  if (leftOut > 0) skips.push(`${leftOut} tests left out by the name filter`);
  return { counts, skips };
}
