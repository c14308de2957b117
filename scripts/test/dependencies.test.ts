import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { members, root } from '../setup/workspace.mjs';

const manifests = [...members, '.'].map((folder) => join(root, folder, 'package.json'));

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const declared = manifests.flatMap((path) => {
  const { dependencies, devDependencies }: Manifest = JSON.parse(readFileSync(path, 'utf8'));
  return Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^(workspace|link):/.test(version),
  );
});

/** The packages named in the first column of the first two tables: what is there, not what was left out. */
const explained = new Set(
  readFileSync(join(root, 'docs', 'dependencies.md'), 'utf8')
    .split('## Considered and left out')[0]
    ?.split('\n')
    .flatMap((line) => (/^\| `/.test(line) ? [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)] : []))
    .map((match) => match[1]),
);

test('every dependency has its reason in docs/dependencies.md, and every reason its dependency', () => {
  expect([...explained].sort()).toEqual([...new Set(declared.map(([name]) => name))].sort());
});

test('every version is exact', () => {
  for (const [name, version] of declared) expect(`${name}@${version}`).toMatch(/@\d+\.\d+\.\d+$/);
});
