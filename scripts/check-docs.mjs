/** Checks the pages: links and named files exist, and every row that a test cites is in docs/behaviour.md. One line a fault. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findDeadLinks, findMissingFiles, findUnknownRows, rowsOf } from './language/check-pages.mjs';
import { root } from './setup/workspace.mjs';

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)));
/** @param {string} file */
const read = (file) => readFileSync(join(root, file), 'utf8');

const rows = rowsOf(read('docs/behaviour.md'));
const faults = [
  ...files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => findDeadLinks(file, read(file), (target) => existsSync(join(root, target)))),
  ...files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => findMissingFiles(file, read(file), (path) => existsSync(join(root, path)))),
  ...files
    .filter((file) => /\.test\.tsx?$/.test(file) && !file.startsWith('scripts/'))
    .flatMap((file) => findUnknownRows(file, read(file), rows)),
];
for (const fault of faults) console.log(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
