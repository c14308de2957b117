/**
 * `npm test [-- --all] [PATH ...] [vitest options]`: sets up what is missing, runs the tests, and ends with one line of
 * counts, whatever happens. Without `--all` the run leaves out the long tier (`*.long.test.ts`) and says so.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { countLine } from './count-reporter.mjs';
import { run } from './setup/run.mjs';
import { ALL_TIERS_VARIABLE, parseTestArguments } from './setup/tiers.mjs';

const folder = mkdtempSync(join(tmpdir(), 'deskclaw-test-'));
const countsFile = join(folder, 'counts.json');

/** @returns {import('./count-reporter.mjs').Counts} */
function readCounts() {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    // The run ended before it could count anything.
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

const { all, rest } = parseTestArguments(process.argv.slice(2));
/** @type {Record<string, string>} */
const env = { DESKCLAW_TEST_COUNTS: countsFile };
if (all) env[ALL_TIERS_VARIABLE] = '1';

let code = 1;
try {
  await bootstrap();
  code = await run('vitest', ['run', ...rest], { env });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
}

const counts = readCounts();
// A run that failed without a failed test (a broken build, a crash) must not read as a green line.
if (code !== 0) counts.failed = Math.max(1, counts.failed);
rmSync(folder, { recursive: true, force: true });
console.log(`\n${countLine(counts)}`);
process.exitCode = code;
