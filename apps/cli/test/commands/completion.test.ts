import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
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

let bashScript = '';
beforeAll(() => {
  bashScript = script('bash');
});

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
    expect(spawnSync(shell, ['-n'], { input: script(shell), encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
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
