import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../setup/workspace.mjs';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const page = read('docs/PROTOCOL.md');

/** The keys of an interface in a source file: `'gateway.status': …` and `log: …`. */
function keysOf(source: string, name: string): string[] {
  const body = new RegExp(`^export interface ${name} \\{\\n([^]*?)^\\}`, 'm').exec(source)?.[1] ?? '';
  return [...body.matchAll(/^ {2}'?([\w.]+)'?:/gm)].map((match) => match[1] ?? '');
}

describe('docs/PROTOCOL.md', () => {
  const control = read('packages/protocol/src/control.ts');
  const quoted = new Set([...page.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]));

  test.each(['ControlMethods', 'ControlEvents'])('the page names every member of %s', (name) => {
    const keys = keysOf(control, name);
    expect(keys.length).toBeGreaterThan(4);
    expect(keys.filter((key) => !quoted.has(key))).toEqual([]);
  });

  test('the page names every JSON document of the command line, and no other', () => {
    const files = execFileSync('git', ['ls-files', 'apps/cli/src'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
    const printed = files.flatMap((file) =>
      [...read(file).matchAll(/\bshell\.(?:document|record)\('([\w-]+)'/g)].map((match) => match[1] ?? ''),
    );
    const listed = [...page.matchAll(/^\| `deskclaw\.([\w-]+)\/1` \|/gm)].map((match) => match[1] ?? '');
    expect(listed.toSorted()).toEqual([...new Set(printed)].toSorted());
  });
});

describe('docs/architecture.md', () => {
  test.each(['core', 'host', 'ui', 'cli'])('the page lists the layers of %s as the rules have them', (name) => {
    const rules: { forbidden: { name: string }[] } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs');
    const below = rules.forbidden
      .map((rule) => rule.name)
      .filter((rule) => rule.startsWith(`${name}-layer-`))
      .map((rule) => rule.slice(`${name}-layer-`.length));
    const line = new RegExp(`^- \\*\\*${name}\\*\\*: ([^.]*)\\.`, 'm').exec(read('docs/architecture.md'))?.[1] ?? '';
    const [, ...listed] = line.split(/, /).map((folder) => folder.replace(' and ', '-').trim());
    expect(listed).toEqual(below);
  });
});
