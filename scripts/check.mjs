/** `pnpm check`: format, types, lint, layers, dead code, names, prose and generated pages; one line each, the whole output of those that fail. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { run } from './setup/run.mjs';
import { members, root } from './setup/workspace.mjs';

/** @typedef {{ name: string, command: readonly [string, ...string[]] }} Step */

const sources = members.map((folder) => `${folder}/src`).filter((folder) => existsSync(join(root, folder)));

const testProjects = [
  ...members.map((folder) => (folder.startsWith('verify/') ? folder : `${folder}/test`)),
  'scripts',
].filter((folder) => existsSync(join(root, folder, 'tsconfig.json')));

/** The later steps read what this one builds. */
/** @type {readonly Step[]} */
const first = [
  { name: 'format', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '-b'] },
];

/** @type {readonly Step[]} */
const then = [
  ...testProjects.map((folder) => /** @type {Step} */ ({ name: `types of ${folder}`, command: ['tsc', '-p', folder] })),
  { name: 'lint', command: ['eslint', '.', '--max-warnings', '0'] },
  { name: 'layers', command: ['depcruise', '--config', '.dependency-cruiser.cjs', ...sources] },
  { name: 'dead code', command: ['knip'] },
  { name: 'names and prose', command: ['node', 'scripts/check-language.mjs'] },
  { name: 'links and cited rows', command: ['node', 'scripts/check-docs.mjs'] },
  { name: 'generated docs', command: ['node', 'scripts/generate-docs.mjs', '--check'] },
];

/**
 * @param {Step} step
 * @returns {Promise<boolean>} whether it passed
 */
async function check({ name, command: [file, ...args] }) {
  /** @type {string[]} */
  const output = [];
  const startedAt = performance.now();
  const code = await run(file, args, { onLine: (line) => output.push(line) });
  const took = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(30)} ${took}`);
  if (code !== 0) console.log(`${output.map((line) => `    ${line}`).join('\n')}\n`);
  return code === 0;
}

/**
 * @param {readonly Step[]} steps
 * @returns {Promise<boolean>}
 */
async function checkAll(steps) {
  const waiting = [...steps];
  let passed = true;
  const worker = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      if (!(await check(step))) passed = false;
    }
  };
  await Promise.all([worker(), worker()]);
  return passed;
}

// The dead-code search loads configurations that name built files.
await bootstrap();
const built = await checkAll(first);
const clean = await checkAll(then);
process.exitCode = built && clean ? 0 : 1;
