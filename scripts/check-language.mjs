/** `node scripts/check-language.mjs [FILE ...]`: names and prose by `language/word-list.json`; without files, all that git tracks. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFaults } from './language/check-words.mjs';
import { root } from './setup/workspace.mjs';

const named = process.argv.slice(2);
const tracked = () =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((file) => /\.(tsx?|[cm]?js|md)$/.test(file) && existsSync(join(root, file)));

let count = 0;
for (const file of named.length > 0 ? named : tracked()) {
  for (const fault of findFaults(file, readFileSync(join(root, file), 'utf8'))) {
    console.log(fault);
    count += 1;
  }
}
if (count > 0) console.log(`${count} places to reword; the standard terms are in scripts/language/word-list.json`);
process.exitCode = count > 0 ? 1 : 0;
