/**
 * `npm run mutate -- [FOLDER ...] [--mutants N] [--seed S] [--jobs N]`: changes the source of `packages/core/src/FOLDER` in small ways and
 * runs its tests against each change. Prints the score of each folder and the mutants that survived or timed out. Without a folder, the
 * five that decide: connection, supervisor, manager, rpc, dialect. On request only: it takes minutes for each.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrap } from '../../scripts/bootstrap.mjs';
import { run } from '../../scripts/setup/run.mjs';
import { packageManager, pinnedNode, root, toolEnvironment } from '../../scripts/setup/workspace.mjs';
import { isSampled, shareFor } from './sample.mjs';

const here = import.meta.dirname;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    mutants: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
  },
});
const folders = positionals.length > 0 ? positionals : ['connection', 'supervisor', 'manager', 'rpc', 'dialect'];
const wanted = Number(values.mutants);
if (!Number.isInteger(wanted) || wanted < 1)
  throw new Error(`--mutants takes a whole number above 0, not "${values.mutants}"`);

const silentLogger = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
};

/** Resolves with every mutant that Stryker makes of a folder's source. @param {string} folder */
async function allMutants(folder) {
  // Installed below, so they cannot be imported at the start.
  const { Instrumenter } = await import('@stryker-mutator/instrumenter');
  const { unreachableDefault } = await import('./unreachable-default.mjs');
  const source = `packages/core/src/${folder}`;
  const files = readdirSync(join(root, source), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${source}/${file.replaceAll('\\', '/')}`)
    .map((name) => ({ name, mutate: true, content: readFileSync(join(root, name), 'utf8') }));
  const options = { plugins: null, excludedMutations: [], ignorers: [unreachableDefault] };
  const { mutants } = await new Instrumenter(silentLogger).instrument(files, options);
  return mutants.filter(({ status }) => status !== 'Ignored');
}

/** A report counts lines and columns from 1, Stryker itself from 0. @param {{ line: number, column: number }} place */
const fromZero = ({ line, column }) => ({ line: line - 1, column: column - 1 });

/**
 * @typedef {{ status: string, location: import('./sample.mjs').MutantPlace['location'], mutatorName: string, replacement: string }} Mutant
 * @typedef {{ files: Record<string, { mutants: Mutant[] }> }} Report
 */

/** @param {string} folder @param {string} scratch */
async function measure(folder, scratch) {
  const sample = { share: shareFor(await allMutants(folder), wanted, values.seed), seed: values.seed };
  const reportFile = join(scratch, `${folder}.json`);
  const { status } = spawnSync(
    pinnedNode,
    [join(here, 'node_modules/@stryker-mutator/core/bin/stryker.js'), 'run', join(here, 'stryker.config.mjs')],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
      env: {
        ...toolEnvironment(),
        DESKCLAW_MUTATION_FOLDER: folder,
        DESKCLAW_MUTATION_SHARE: String(sample.share),
        DESKCLAW_MUTATION_SEED: sample.seed,
        DESKCLAW_MUTATION_REPORT: reportFile,
        DESKCLAW_MUTATION_JOBS: values.jobs,
      },
    },
  );
  if (status !== 0) throw new Error(`Stryker failed for ${folder} (exit code ${String(status)}); the reason is above.`);
  /** @type {Report} */
  const report = JSON.parse(readFileSync(reportFile, 'utf8'));
  // Mutants that no test covers never reach the checker: the sample is drawn from them here.
  const mutants = Object.entries(report.files).flatMap(([fileName, file]) =>
    file.mutants
      .filter(({ status }) => status !== 'CompileError' && status !== 'Ignored')
      .filter(({ status: each, location: { start, end }, ...mutant }) => {
        const location = { start: fromZero(start), end: fromZero(end) };
        return each !== 'NoCoverage' || isSampled({ ...mutant, fileName, location }, sample);
      })
      .map((mutant) => ({ ...mutant, fileName })),
  );
  const caught = mutants.filter(({ status: each }) => each === 'Killed' || each === 'Timeout');
  return { folder, mutants, caught, missed: mutants.filter((mutant) => !caught.includes(mutant)) };
}

await bootstrap();
const installed = await run('npx', [
  '--yes',
  `--package=${packageManager()}`,
  '--',
  'pnpm',
  'install',
  '--ignore-workspace',
  '--frozen-lockfile',
  '--dir',
  here,
]);
if (installed !== 0) throw new Error('Stryker could not be installed; the reason is above.');

const scratch = mkdtempSync(join(tmpdir(), 'deskclaw-mutation-'));
const rows = [];
try {
  for (const folder of folders) {
    const { mutants, caught, missed } = await measure(folder, scratch);
    const timedOut = caught.filter(({ status }) => status === 'Timeout');
    for (const { fileName, location, mutatorName, replacement, status } of [...timedOut, ...missed]) {
      console.log(
        `${status.padEnd(10)} ${fileName}:${location.start.line}:${location.start.column} ${mutatorName} -> ${replacement.replace(/\s+/g, ' ').slice(0, 80)}`,
      );
    }
    rows.push({
      folder,
      mutants: mutants.length,
      caught: caught.length,
      timedOut: timedOut.length,
      score: (100 * caught.length) / mutants.length,
    });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log('\n| folder | mutants | caught | of these timed out | score |\n| --- | --- | --- | --- | --- |');
for (const { folder, mutants, caught, timedOut, score } of rows)
  console.log(`| ${folder} | ${mutants} | ${caught} | ${timedOut} | ${score.toFixed(0)} % |`);
process.exitCode = rows.every(({ score }) => score >= 85) ? 0 : 1;
