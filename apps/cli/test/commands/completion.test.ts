import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bin } from '../support/deskclaw.ts';

const hasShell = (name: string): boolean => spawnSync(name, ['-c', 'true']).status === 0;
const script = (shell: string): string =>
  execFileSync(process.execPath, [bin, 'completion', shell], { encoding: 'utf8' });

/** Returns what bash offers for a line whose last word is being typed. */
function completeInBash(...words: readonly string[]): readonly string[] {
  const line = ['deskclaw', ...words].map((word) => `'${word}'`).join(' ');
  const program = `eval "$(cat)"; COMP_WORDS=(${line}); COMP_CWORD=${String(words.length)}; _deskclaw; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', program], { input: bashScript, encoding: 'utf8' });
  return output.split('\n').filter((word) => word !== '');
}

let folder = '';
/** Writes the script of a shell to a file, and returns its path. */
function scriptFile(shell: string): string {
  const path = join(folder, `deskclaw.${shell}`);
  writeFileSync(path, script(shell));
  return path;
}

let bashScript = '';
beforeAll(() => {
  bashScript = script('bash');
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-completion-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('completion', () => {
  it.for<[readonly string[], readonly string[]]>([
    [['sta'], ['start', 'status']],
    [['config', 'un'], ['unset']],
    [['--json', 'config', 'se'], ['set']],
    [
      ['config', 'set', '--a'],
      ['--all-profiles', '--add'],
    ],
    [
      ['start', '--gateway', ''],
      ['openclaw', 'builtin'],
    ],
    [['start', '--ga'], ['--gateway']],
    [['help', 'env'], ['environment']],
    [['profile', 'us'], ['use']],
    [['logs', '--level', 'w'], ['warn']],
    [['start', '--port', ''], []],
    [['nosuch'], []],
    [['__'], []],
  ])('bash completes %j with %j', ([words, expected], context) => {
    if (!hasShell('bash')) context.skip('there is no bash here');
    expect(completeInBash(...words)).toEqual(expected);
  });

  it.for(['bash', 'zsh', 'fish'])('the script for %s has no fault of syntax', (shell, context) => {
    if (!hasShell(shell)) context.skip(`there is no ${shell} here`);
    expect(spawnSync(shell, ['-n', scriptFile(shell)], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it.for<[string, readonly string[]]>([
    ['deskclaw sta', ['start', 'status']],
    ['deskclaw config un', ['unset']],
    ['deskclaw start --gateway ', ['builtin', 'openclaw']],
    ['deskclaw help env', ['environment']],
    ['deskclaw start --ga', ['--gateway']],
  ])('fish completes "%s" with %j', ([line, expected], context) => {
    if (!hasShell('fish')) context.skip('there is no fish here');
    const program = `source ${scriptFile('fish')}; complete -C '${line}'`;
    const offered = execFileSync('fish', ['--no-config', '-c', program], { encoding: 'utf8' });
    const words = offered.trimEnd().split('\n');
    expect(words.map((word) => word.split('\t')[0]).toSorted()).toEqual(expected);
  });

  it.for<[readonly string[], readonly string[]]>([
    [
      ['config', ''],
      ['get', 'set', 'unset', 'list', 'path', 'schema'],
    ],
    [
      ['start', '--gateway', ''],
      ['openclaw', 'builtin'],
    ],
    [
      ['profile', ''],
      ['list', 'add', 'use', 'remove'],
    ],
  ])('zsh offers after %j first %j', ([words, expected], context) => {
    if (!hasShell('zsh')) context.skip('there is no zsh here');
    // What the completion system of zsh would filter and show is printed instead.
    const program = `autoload -Uz compinit; compinit -u -D; source ${scriptFile('zsh')}
      _describe() { print -rl -- \${(P)2} }; _files() { }; compadd() { shift; print -rl -- "$@" }
      words=(deskclaw ${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${String(words.length + 1)}; _deskclaw`;
    const offered = execFileSync('zsh', ['-f', '-c', program], { encoding: 'utf8' }).split('\n');
    expect(offered.map((word) => word.split(':')[0]).slice(0, expected.length)).toEqual(expected);
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])('the script for %s knows every command', (shell) => {
    const text = script(shell);
    for (const word of ['start', 'doctor', 'unset', 'rollback', 'completion']) expect(text).toContain(word);
    expect(text).not.toContain('__man');
  });
});

it('the manual page that the build writes describes every command and exit code', () => {
  const page = readFileSync(join(dirname(bin), 'man', 'deskclaw.1'), 'utf8');
  expect(page).toMatch(/^\.TH DESKCLAW 1/);
  for (const text of ['.SS "deskclaw config set', '\\-\\-gateway', '.SH EXIT STATUS', '\\fB78\\fR'])
    expect(page).toContain(text);
  if (spawnSync('man', ['--version']).status !== 0) return;
  const shown = spawnSync('man', ['-l', '--warnings', join(dirname(bin), 'man', 'deskclaw.1')], { encoding: 'utf8' });
  expect(shown.stderr).toBe('');
});
