import { describe, expect, it } from 'vitest';
import { findSetting, parseSetting, settingNames, suggestSetting, variableOf } from '../../src/profile/setting-keys.ts';

function parse(key: string, ...words: readonly string[]): unknown {
  const setting = findSetting(key);
  if (setting === undefined) throw new Error(`unknown: ${key}`);
  const parsed = parseSetting(setting, words);
  return parsed.ok ? parsed.value : parsed.message;
}

describe('findSetting', () => {
  it('knows every setting of the schema by its dotted key', () => {
    expect(settingNames()).toEqual(
      expect.arrayContaining(['port', 'stop.graceMs', 'openclaw.path', 'env', 'auth.device']),
    );
    for (const name of settingNames()) expect(findSetting(name), name).toBeDefined();
  });

  it.each([
    'prot',
    '',
    '.',
    'port.',
    'port.x',
    'stop.',
    'stop.graceMS',
    '__proto__',
    'constructor',
    'stop.__proto__',
    'env.',
    'profiles',
    '$schema',
  ])('findSetting refuses the key %j', (key) => expect(findSetting(key)).toBeUndefined());

  it('takes the rest of a key below env as the name of a variable', () => {
    expect(findSetting('env.A.B')?.path).toEqual(['env', 'A.B']);
  });
});

describe('suggestSetting', () => {
  it.each([
    ['prot', 'port'],
    ['Port', 'port'],
    ['stop.gracems', 'stop.graceMs'],
    ['graceMs', 'stop.graceMs'],
    ['trustUser', 'trustUsers'],
    ['comand', 'command'],
    ['opnclaw', 'openclaw'],
    ['xyzzy', undefined],
    ['p', undefined],
    ['', undefined],
  ])('suggestSetting answers %j with %j', (key, meant) => expect(suggestSetting(key)).toBe(meant));
});

describe('parseSetting', () => {
  it.each([
    ['port', ['18790'], 18_790],
    ['port', ['0'], 0],
    ['port', ['1e3'], 1_000],
    ['port', ['0x10'], 'port must be a number, not "0x10".'],
    ['port', [''], 'port must be a number, not "".'],
    ['port', ['70000'], 'port must be a whole number from 0 to 65535, not 70000.'],
    ['port', ['1.5'], 'port must be a whole number from 0 to 65535, not 1.5.'],
    ['port', ['1', '2'], 'port takes one value, and 2 were given. Quote a value that has blanks.'],
    ['request.timeoutMs', ['0'], 'request.timeoutMs must be a whole number of at least 1, not 0.'],
    ['repair', ['true'], true],
    ['repair', ['yes'], 'repair must be true or false, not "yes".'],
    ['gateway', ['builtin'], 'builtin'],
    ['gateway', ['builtn'], 'gateway must be "openclaw" or "builtin", not "builtn"; did you mean "builtin"?'],
    ['host', ['true'], 'true'],
    ['trustUsers', ['guest', '1002'], ['guest', '1002']],
    ['trustUsers', ['["guest", 1002]'], ['guest', 1002]],
    ['trustUsers', [''], 'trustUsers.0 must not be empty.'],
    ['command', ['gw', '--port={port}'], ['gw', '--port={port}']],
    ['env.A', ['1'], '1'],
    ['env', ['{"A": "1"}'], { A: '1' }],
    ['stop', ['{"graceMs": 5}'], { graceMs: 5 }],
    ['stop', ['{"graceMs": "5"}'], 'stop.graceMs must be a number: write 5, not "5".'],
    ['stop', ['{"gracems": 5}'], 'There is no setting "stop.gracems".'],
    ['stop', ['5'], 'stop must be an object, not 5.'],
    ['stop', ['{'], 'stop must be an object as JSON.'],
    ['openclaw.version', ['2026.9.6'], '2026.9.6'],
    ['openclaw', ['{"path": "/x"}'], { path: '/x' }],
    ['url', ['http://x'], 'url must be an address that begins with ws:// or wss://, not "http://x".'],
  ])('parseSetting reads %s %j as %j', (key, words, value) => expect(parse(key, ...words)).toEqual(value));
});

it('variableOf names the variable that wins over a setting', () => {
  const port = findSetting('port');
  expect(port && variableOf(port, { DESKCLAW_PORT: '1' })).toBe('DESKCLAW_PORT');
  expect(port && variableOf(port, { DESKCLAW_PORT: '' })).toBeUndefined();
});
