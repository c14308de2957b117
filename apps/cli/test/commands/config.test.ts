import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Home, parseDocument } from '../support/deskclaw.ts';

function withSettings(text: string): Home {
  const home = new Home();
  mkdirSync(join(home.folder, 'config'));
  writeFileSync(join(home.folder, 'config/config.json'), text);
  return home;
}
const settingsOf = (home: Home): unknown => JSON.parse(readFileSync(join(home.folder, 'config/config.json'), 'utf8'));

describe('config', () => {
  it('set, get, list and unset a setting of a profile without a host', async () => {
    const home = new Home();
    const set = await home.run('config', 'set', 'stop.graceMs', '3000');
    expect(set).toMatchObject({ code: 0, stdout: '' });
    expect(set.stderr).toBe('stop.graceMs is now 3000 for profile "default". It takes effect at the next start.\n');
    expect(await home.run('config', 'get', 'stop.graceMs')).toMatchObject({ code: 0, stdout: '3000\n', stderr: '' });
    expect((await home.run('config', 'list')).stdout).toBe('stop.graceMs  3000  profile default\n');
    expect(await home.document('config', 'unset', 'stop.graceMs')).toMatchObject({
      schema: 'deskclaw.config/1',
      key: 'stop.graceMs',
      value: null,
      previous: 3_000,
      changed: true,
      takesEffect: 'next-start',
    });
    expect(await home.run('config', 'unset', 'stop.graceMs')).toMatchObject({ code: 1, stdout: '' });
    expect(settingsOf(home)).toEqual({});
  });

  it.each([
    [['set', 'prot', '5'], 'There is no setting "prot". Did you mean "port"?'],
    [['get', 'prot'], 'Did you mean "port"?'],
    [['unset', 'prot'], 'Did you mean "port"?'],
    [['set', 'port', 'abc'], 'port must be a number, not "abc".'],
    [['set', 'command', 'a | b'], 'needs a shell'],
    [['set', 'port', '5', '--add'], 'port is no list'],
  ])('%j exits 2 and says what is wrong', async (args, words) => {
    const home = new Home();
    const ended = await home.run('config', ...args);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(words);
  });

  it('a file with several faults is refused with each, and the commands that it prints correct it', async () => {
    const home = withSettings('{\n  "port": "39051",\n  "startup": { "timeoutMs": "1" }\n}');
    const ended = await home.run('start', '--gateway', 'builtin', '--json');
    expect(ended.code).toBe(78);
    const { error } = JSON.parse(ended.stderr) as { error: { detail: string; actions: { command?: string }[] } };
    expect(error.detail).toContain('- port (line 2, column 11) must be a number: write 39051, not "39051"');
    expect(error.detail).toContain('- startup.timeoutMs (line 3, column 29) must be a number: write 1, not "1"');
    for (const { command } of error.actions)
      if (command?.startsWith('deskclaw config') === true) await home.document(...command.split(' ').slice(1));
    expect(await home.document('config', 'get')).toMatchObject({ config: { port: 39_051, startup: { timeoutMs: 1 } } });
  });

  it('never prints a secret, and takes one from standard input', async () => {
    const home = new Home();
    const set = await home.start(['config', 'set', 'env.API_KEY', '-', '--json'], { input: 'hunter22\n' }).ended;
    expect(parseDocument(set.stdout)).toMatchObject({ key: 'env.API_KEY', value: '[redacted]' });
    expect(settingsOf(home)).toEqual({ profiles: { default: { env: { API_KEY: 'hunter22' } } } });
    for (const args of [['get'], ['get', 'env.API_KEY'], ['list'], ['set', 'env.API_KEY', 'hunter22']]) {
      const { code, stdout, stderr } = await home.run('config', ...args);
      expect([code, stdout + stderr]).toEqual([0, expect.not.stringContaining('hunter22')]);
    }
  });

  it('a running host uses what it can now, and the command says what needs which restart', async () => {
    const home = new Home();
    await home.startBuiltin();
    const effects: unknown[] = [];
    for (const [key, value] of [
      ['dashboard.sessionIdleMs', '60000'],
      ['stop.graceMs', '3000'],
      ['crash.maxCrashes', '2'],
    ] as const)
      effects.push((await home.document('config', 'set', key, value))['takesEffect']);
    expect(effects).toEqual(['now', 'gateway-start', 'host-start']);
    expect((await home.run('config', 'set', 'stop.graceMs', '2000')).stderr).toContain(
      'It takes effect after: deskclaw restart',
    );
    expect((await home.run('config', 'set', 'crash.maxCrashes', '3')).stderr).toContain(
      'It takes effect after: deskclaw stop && deskclaw start',
    );
  });

  it('settings that are changed at the same time are all kept', async () => {
    const home = new Home();
    const keys = ['port', 'stop.graceMs', 'stop.drainMs', 'crash.maxCrashes', 'reconnect.maxAttempts'];
    await Promise.all(keys.map((key) => home.document('config', 'set', key, '7')));
    const { settings } = await home.document('config', 'list');
    expect(settings).toHaveLength(keys.length);
  });

  it('list --all describes every setting within 60 columns', async () => {
    const { ended } = new Home().startInTerminal(60, 'config', 'list', '--all', '--no-color');
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).toContain('stop.graceMs  not set');
    for (const line of stdout.split(/\r?\n/)) expect(line.length, line).toBeLessThanOrEqual(60);
  });
});
