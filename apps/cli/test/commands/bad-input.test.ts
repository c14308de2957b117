import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Home } from '../support/deskclaw.ts';

describe('is answered with what is wrong, what to do, and exit 2', () => {
  it.each([
    [['strat'], "unknown command 'strat' (Did you mean start?)", 'deskclaw help'],
    [['start', '--prt', '1'], "unknown option '--prt' (Did you mean --port?)", 'deskclaw help start'],
    [['start', '--port', '70000'], 'A port is a whole number from 0 (any free one) to 65535.', 'deskclaw help start'],
    [['start', '--command', 'gw "open'], 'At character 4: the double quote is never closed.', 'deskclaw help start'],
    [['call'], "missing required argument 'method'", 'deskclaw help call'],
    [['call', ''], 'The method name is empty.', 'deskclaw help call'],
    [['call', 'x', 'hello'], 'expected a value at line 1, column 1 (position 0)', 'deskclaw help call'],
    [['call', 'x', '{"a": }'], 'expected a value at line 1, column 7 (position 6)', 'deskclaw help call'],
    [['call', 'x', '42'], 'must be a JSON object or array, not a number', 'deskclaw help call'],
    [['call', 'x', 'null'], 'must be a JSON object or array, not null', 'deskclaw help call'],
    [['call', 'x', '@/no/such/file'], 'ENOENT', 'deskclaw help call'],
    [['--profile', '../../etc', 'status'], 'A profile is named by', 'deskclaw help'],
    [['logs', '--since', 'soon'], 'Use an age', 'deskclaw help logs'],
    [['help', 'nothing'], 'There is no help for "nothing".', 'deskclaw help'],
  ])('deskclaw %j exits with 2 and says what is wrong', async (args, words, next) => {
    const ended = await new Home().run(...args);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    // Long lines are wrapped for a terminal only: here they are whole.
    expect(ended.stderr).toContain(words);
    expect(ended.stderr.trimEnd().endsWith(next)).toBe(true);
  });

  it('marks the place in the JSON', async () => {
    const ended = await new Home().run('call', 'x', '{"a": }');
    expect(ended.stderr).toContain('  {"a": }\n        ^\n');
  });

  it('call reports the position of a JSON fault on standard input too', async () => {
    const ended = await new Home().start(['call', 'x', '-'], { input: '{\n  "a": nope\n}' }).ended;
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toContain('expected a value at line 2, column 8');
  });

  it('takes a bad profile from the environment no better', async () => {
    const ended = await new Home().start(['status'], { env: { DESKCLAW_PROFILE: 'a/b' }, input: '' }).ended;
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain('DESKCLAW_PROFILE');
  });
});

it('a folder where the host’s socket belongs is named', async () => {
  const home = new Home();
  const other = join(home.folder, 'state/default/host.sock');
  for (const socket of [home.socket, other]) mkdirSync(socket, { recursive: true });
  const ended = await home.run('start', '--gateway', 'builtin', '--port', '0');
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toContain('(state.read-only)');
  expect(ended.stderr).toContain(`${home.socket}: a folder is in its place`);
  expect(ended.stderr).not.toContain('    at ');
});

describe('in the configuration file exits 78 and names the fault', () => {
  it.each([
    ['{"port": "high"}', 'port'],
    ['{"port": 70000}', 'port'],
    ['{"port": 1', 'not JSON'],
    ['[]', 'must be an object'],
  ])('configuration %s exits with 78 and names the fault', async (text, words) => {
    const home = new Home();
    mkdirSync(join(home.folder, 'config'));
    writeFileSync(join(home.folder, 'config/config.json'), text);
    for (const args of [
      ['config', 'get'],
      ['start', '--gateway', 'builtin'],
    ]) {
      const ended = await home.run(...args);
      expect(ended, args.join(' ')).toMatchObject({ code: 78, stdout: '' });
      expect(ended.stderr).toContain('(config.invalid)');
      expect(ended.stderr).toContain(join(home.folder, 'config/config.json'));
      expect(ended.stderr).toContain(words);
    }
  });

  it('config get reports settings that are a folder', async () => {
    const home = new Home();
    mkdirSync(join(home.folder, 'config/config.json'), { recursive: true });
    const ended = await home.run('config', 'get');
    expect(ended).toMatchObject({ code: 78, stdout: '' });
    expect(ended.stderr).toContain('it is a folder, not a file');
  });

  it('start reports a state folder below a plain file', async () => {
    const home = new Home();
    const file = join(home.folder, 'file');
    writeFileSync(file, '');
    const start = ['start', '--gateway', 'builtin', '--port', '0'];
    const ended = await home.start(start, { env: { DESKCLAW_HOME: file }, input: '' }).ended;
    expect(ended).toMatchObject({ code: 78, stdout: '' });
    expect(ended.stderr).toContain('(config.invalid)');
    expect(ended.stderr).toContain(`${file}/config/config.json: it cannot be read: ENOTDIR`);
  });

  it('only warns of a key it does not know', async () => {
    const home = new Home();
    mkdirSync(join(home.folder, 'config'));
    writeFileSync(join(home.folder, 'config/config.json'), '{"prot": 1, "reconnect": {"maxAttempts": 3}}');
    const ended = await home.run('config', 'get');
    expect(ended).toMatchObject({ code: 0, stdout: 'reconnect.maxAttempts  3\n' });
    expect(ended.stderr).toContain('unknown key "prot"');
    expect(await home.run('config', 'get', 'reconnect.maxAttempts')).toMatchObject({ code: 0, stdout: '3\n' });
    expect(await home.run('config', 'get', 'port')).toMatchObject({ code: 1, stdout: '' });
  });
});
