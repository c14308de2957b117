import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { bin, Home } from '../support/deskclaw.ts';

const escapeCode = '\u001b[';

describe('colours', () => {
  it('colours are left out of a pipe', async () => {
    const ended = await new Home().run('status');
    expect(ended.stdout).not.toContain(escapeCode);
  });

  it.each([
    [{ FORCE_COLOR: '1' }, [], true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, [], false],
    [{ FORCE_COLOR: '1' }, ['--no-color'], false],
    [{ FORCE_COLOR: '0' }, [], false],
  ] as const)('colours with environment %j and arguments %j', async (env, flags, coloured) => {
    const home = new Home();
    const status = await home.start(['status', ...flags], { env, input: '' }).ended;
    expect(status.stdout.includes(escapeCode)).toBe(coloured);
    const error = await home.start(['health', ...flags], { env, input: '' }).ended;
    expect(error.stderr.includes(escapeCode)).toBe(coloured);
    const json = await home.start(['status', '--json', ...flags], { env, input: '' }).ended;
    expect(json.stdout).not.toContain(escapeCode);
  });
});

it('falls back to ASCII where the locale knows no more', async () => {
  const ended = await new Home().start(['status'], { env: { LANG: 'C' }, input: '' }).ended;
  expect(ended.stdout).toMatch(/^Gateway {2}o stopped\n/);
});

it('keeps quiet when told to', async () => {
  const home = new Home();
  expect(await home.run('stop', '--quiet')).toMatchObject({ code: 0, stdout: 'Not running\n', stderr: '' });
});

it('takes a reader that leaves early for no failure', async () => {
  const home = new Home();
  const env = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', DESKCLAW_HOME: home.folder };
  const child = spawn('sh', ['-c', '{ "$0" "$1" help; echo "exit $?" >&2; } | true', process.execPath, bin], { env });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  await once(child, 'close');
  expect(stderr).toBe('exit 0\n');
});
