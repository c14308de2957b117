import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Home, parseDocument, shareHome } from '../support/deskclaw.ts';

const hasScript = spawnSync('script', ['--version']).status === 0;
const program = join(import.meta.dirname, '../../../../packages/core/test/programs/hostile-gateway-program.ts');
const command = [process.execPath, program, '{port}'].map((word) => `'${word}'`).join(' ');

/** Sequences that DeskClaw itself writes to a terminal: colours of its style, and its own cursor moves. */
const ours = new RegExp(`${'\u001b'}\\[(?:1|2|22|32|33|31|36|39|2K|0J|\\d+A)m?`, 'g');

/** What must not be in an output: escape sequences of others, C1, bidirectional controls, separators, a forged row. */
const foreign = /(?![\t\n\r])[\p{Cc}\p{Zl}]|[\u202a-\u202e\u2066-\u2069]|^fake row/mu;

const commands: readonly (readonly string[])[] = [
  ['status'],
  ['status', '--json'],
  ['health'],
  ['health', '--json'],
  ['methods'],
  ['methods', '--json'],
  ['channels'],
  ['channels', '--json'],
  ['logs'],
  ['logs', '--json'],
  ['history'],
  ['history', '--json'],
  ['call', 'x'],
  ['call', 'x', '--json'],
  ['call', 'refuse'],
  ['call', 'refuse', '--json'],
];

describe('T8: the texts of a hostile gateway', () => {
  const shared = shareHome((home) => home.document('start', '--command', command, '--port', '0'));

  it('hostile texts reach no output of a command as escape sequence, control character or forged row', async () => {
    const home = shared();
    await home.run('call', 'close');
    for (const args of commands) {
      const ended = await home.run(...args);
      expect(ended.stdout + ended.stderr, args.join(' ')).not.toMatch(foreign);
      expect(ended.stdout + ended.stderr, args.join(' ')).not.toBe('');
    }
    const { stdout } = await home.run('call', 'x', '--json');
    expect(Object.keys(parseDocument(stdout)['result'] as object)[0]).toContain('\u001b]52;c;aGk=\u001b\\');
  });

  it('hostile texts reach no follower of events as escape sequence or forged row', async () => {
    const home = shared();
    const events = home.start(['events', '-v'], { input: '' });
    await events.line('stderr', (line) => line.includes('listening'));
    await home.run('call', 'notify');
    const line = await events.line('stdout', (text) => text.includes('ent'));
    expect(line).toContain('fake row');
    expect(line).not.toMatch(foreign);
    events.child.kill('SIGINT');
    await events.ended;
  });

  it.skipIf(!hasScript)('hostile texts reach no terminal as escape sequence or forged row', async () => {
    const home = shared();
    for (const args of commands) {
      const { stdout } = await home.startInTerminal(120, ...args).ended;
      expect(stdout.replaceAll(ours, ''), args.join(' ')).not.toMatch(foreign);
    }
  });

  it('a reply of 600 KB of unfinished escape sequences does not hang the command', async () => {
    const home = shared();
    const ended = await home.run('chat', 'hi');
    expect(ended).toMatchObject({ code: 0, stdout: 'evilgnp\nx\nfake row\n', stderr: '' });
  });

  it('a refusal of 16 MB reaches status, history and the caller cut', async () => {
    const home = new Home();
    const refused = await home.run('start', '--command', `${command} at-length`, '--port', '0', '--timeout', '5');
    expect(refused.code).not.toBe(0);
    for (const args of [['status'], ['status', '--json'], ['history', '--json']])
      expect((await home.run(...args)).stdout.length, args.join(' ')).toBeLessThan(40_000);
    await home.run('stop', '--force');
    await home.document('start', '--command', command, '--port', '0');
    const call = await home.run('call', 'refuse-at-length', '--json');
    expect(call.code).toBe(7);
    expect(call.stderr).toContain('more characters');
    expect(call.stderr.length).toBeLessThan(200_000);
  });

  it('a flood of log lines full of unfinished escape sequences leaves the host responsive', async () => {
    const home = shared();
    await home.run('call', 'flood');
    expect(await home.run('call', 'system.health')).toMatchObject({ code: 0 });
  });
});
