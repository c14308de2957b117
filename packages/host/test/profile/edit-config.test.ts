import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/profile/config.ts';
import { changeSetting, writeSetting } from '../../src/profile/edit-config.ts';
import { listSettings } from '../../src/profile/list-settings.ts';
import { maskSetting } from '../../src/profile/mask-settings.ts';

let folder: string;
let path: string;
const own = { profile: 'default' };
const text = () => readFileSync(path, 'utf8');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-edit-'));
  path = join(folder, 'config.json');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

describe('changeSetting', () => {
  it('creates a private file and leaves nothing beside it', () => {
    const config = join(folder, 'new', 'config.json');
    expect(changeSetting(config, own, ['port'], 5)).toEqual({ value: 5, changed: true, isShared: false, faults: [] });
    expect(statSync(config).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'new'))).toEqual(['config.json']);
    expect(loadConfig(config, 'default', {}).settings).toEqual({ port: 5 });
  });

  it('keeps comments, unknown keys, layout, rights and the other profiles', () => {
    const before = '{\n\t// ours\n\t"prot": 1, /* typo */\n\t"profiles": { "work": { "port": 2 } }\n}\n';
    writeFileSync(path, before);
    chmodSync(path, 0o640);
    changeSetting(path, own, ['stop', 'graceMs'], 3);
    expect(text()).toContain('// ours\n\t"prot": 1, /* typo */\n\t"profiles": { "work": { "port": 2 }');
    expect(loadConfig(path, 'work', {}).settings).toEqual({ port: 2 });
    expect(statSync(path).mode & 0o777).toBe(0o640);
    changeSetting(path, own, ['stop', 'graceMs'], undefined);
    expect(text()).toBe(before);
  });

  it.each([true, false])('keeps a link and changes the file it leads to (there before: %j)', (exists) => {
    const target = join(folder, 'dotfiles.json');
    if (exists) writeFileSync(target, '{}');
    symlinkSync('dotfiles.json', path);
    changeSetting(path, own, ['port'], 5);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(target, 'utf8'))).toEqual({ profiles: { default: { port: 5 } } });
  });

  it('changes a file with a fault elsewhere, and reports that fault', () => {
    writeFileSync(path, '{"port": "1", "repair": "no"}');
    expect(changeSetting(path, 'all-profiles', ['port'], 1)).toMatchObject({
      before: '1',
      changed: true,
      faults: ['repair (line 1, column 23) must be true or false, not "no"'],
    });
    expect(changeSetting(path, 'all-profiles', ['repair'], undefined).faults).toEqual([]);
    expect(text()).toBe('{"port": 1}');
  });

  it.each(['{"port": 1', '[]', ''])('refuses the file %j and leaves it as it is', (content) => {
    writeFileSync(path, content);
    expect(() => changeSetting(path, own, ['port'], 5)).toThrow(expect.objectContaining({ code: 'config.invalid' }));
    expect(text()).toBe(content);
  });

  it('does not write a file that holds the value already', () => {
    writeFileSync(path, '{"port":1}');
    const { mtimeMs } = statSync(path);
    expect(changeSetting(path, 'all-profiles', ['port'], 1)).toMatchObject({ before: 1, changed: false });
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
  });

  it('replaces one way to name an OpenClaw by the other', () => {
    changeSetting(path, own, ['openclaw', 'version'], '2026.9.6');
    changeSetting(path, own, ['openclaw', 'path'], '/x');
    expect(loadConfig(path, 'default', {}).settings).toEqual({ openclaw: { path: '/x' } });
    changeSetting(path, own, ['openclaw', 'path'], undefined);
    expect(text()).toBe('{}\n');
  });

  it('adds to the list that holds now, each item once', () => {
    writeFileSync(path, '{"trustUsers": ["a"]}');
    expect(changeSetting(path, own, ['trustUsers'], ['b', 'a'], { addToList: true }).value).toEqual(['a', 'b']);
    expect(loadConfig(path, 'default', {}).settings.trustUsers).toEqual(['a', 'b']);
    expect(loadConfig(path, 'work', {}).settings.trustUsers).toEqual(['a']);
  });

  it('takes over the lock of a dead process and refuses one that lives', () => {
    writeFileSync(`${path}.lock`, JSON.stringify({ pid: 2 ** 22 + 7, startMark: 'x', nonce: 'n' }));
    changeSetting(path, own, ['port'], 5);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });
});

describe('settings of a profile', () => {
  it('lie over those of all profiles key by key, and replace lists and the choice of an OpenClaw', () => {
    const base = { stop: { drainMs: 1, graceMs: 2 }, env: { A: '1' }, openclaw: { path: '/x' }, trustUsers: ['a'] };
    const work = { stop: { graceMs: 3 }, env: { B: '2' }, openclaw: { version: '1' }, trustUsers: ['b'] };
    writeFileSync(path, JSON.stringify({ ...base, profiles: { work } }));
    expect(loadConfig(path, 'work', {}).settings).toEqual({
      stop: { drainMs: 1, graceMs: 3 },
      env: { A: '1', B: '2' },
      openclaw: { version: '1' },
      trustUsers: ['b'],
    });
  });

  it('listSettings tells where each value comes from and masks secrets', () => {
    writeFileSync(path, '{"host": "::1", "profiles": {"default": {"repair": false, "env": {"API_KEY": "hunter22"}}}}');
    const listed = listSettings(path, 'default', { DESKCLAW_PORT: '7' });
    expect(listed.filter(({ value }) => value !== undefined)).toMatchObject([
      { key: 'repair', value: false, from: 'profile' },
      { key: 'env.API_KEY', value: '[redacted]', from: 'profile' },
      { key: 'host', value: '::1', from: 'all-profiles' },
      { key: 'port', value: 7, from: 'environment', variable: 'DESKCLAW_PORT' },
    ]);
    expect(listed.find(({ key }) => key === 'stop.graceMs')).toMatchObject({
      from: 'default',
      type: 'a whole number of at least 0',
    });
  });

  it('maskSetting hides secrets and what does not fit the schema', () => {
    expect(maskSetting(['port'], 5)).toBe(5);
    expect(maskSetting(['env', 'A'], 'x')).toBe('[redacted]');
    expect(maskSetting(['url'], 'ws://me:hunter22@x/')).toBe('ws://[redacted]@x/');
    expect(maskSetting(['command'], ['gw', '--token', 'hunter22'])).toEqual(['gw', '--token', '[redacted]']);
    expect(maskSetting(['port'], 'hunter22')).toBe('[redacted]');
  });
});

it('writeSetting changes nothing in a file with a fault', () => {
  writeFileSync(path, '{"port": "1"}');
  expect(() => writeSetting(path, 'default', 'openclaw', { version: '1' })).toThrow();
  expect(text()).toBe('{"port": "1"}');
});
