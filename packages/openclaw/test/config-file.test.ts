import { posix } from 'node:path';
import { type Files, nodeFiles } from '@deskclaw/core/internal';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config-file.ts';
import { locateConfig } from '../src/config-location.ts';
import type { SystemInfo } from '../src/system-info.ts';
import { memoryFiles } from './memory-files.ts';

const host = (env: SystemInfo['env'] = {}): SystemInfo => ({ platform: 'linux', home: '/home/u', env });

describe('where the configuration is', () => {
  test.each<[string, SystemInfo['env'], string | undefined, Readonly<Record<string, string>>, string, string]>([
    ['by default', {}, undefined, {}, '/home/u/.openclaw', '/home/u/.openclaw/openclaw.json'],
    ['OPENCLAW_STATE_DIR', { OPENCLAW_STATE_DIR: '/s' }, undefined, {}, '/s', '/s/openclaw.json'],
    ['our own setting wins over it', { OPENCLAW_STATE_DIR: '/s' }, '/ours', {}, '/ours', '/ours/openclaw.json'],
    ['OPENCLAW_CONFIG_PATH', { OPENCLAW_CONFIG_PATH: '/c.json' }, undefined, {}, '/home/u/.openclaw', '/c.json'],
    ['~ is the home', { OPENCLAW_STATE_DIR: '~/claw' }, undefined, {}, '/home/u/claw', '/home/u/claw/openclaw.json'],
    ['OPENCLAW_HOME', { OPENCLAW_HOME: '/svc' }, undefined, {}, '/svc/.openclaw', '/svc/.openclaw/openclaw.json'],
    ['HOME wins over the account’s', { HOME: '/h' }, undefined, {}, '/h/.openclaw', '/h/.openclaw/openclaw.json'],
    [
      'text that means "not set"',
      { OPENCLAW_STATE_DIR: ' ', OPENCLAW_HOME: 'undefined' },
      undefined,
      {},
      '/home/u/.openclaw',
      '/home/u/.openclaw/openclaw.json',
    ],
    [
      'a named profile',
      { OPENCLAW_PROFILE: 'work' },
      undefined,
      {},
      '/home/u/.openclaw-work',
      '/home/u/.openclaw-work/openclaw.json',
    ],
    [
      'the default profile',
      { OPENCLAW_PROFILE: 'Default' },
      undefined,
      {},
      '/home/u/.openclaw',
      '/home/u/.openclaw/openclaw.json',
    ],
    [
      'a profile that is no name',
      { OPENCLAW_PROFILE: '../x' },
      undefined,
      {},
      '/home/u/.openclaw',
      '/home/u/.openclaw/openclaw.json',
    ],
    [
      'the former name, where only it exists',
      {},
      undefined,
      { '/home/u/.clawdbot/clawdbot.json': '{}' },
      '/home/u/.clawdbot',
      '/home/u/.clawdbot/clawdbot.json',
    ],
    [
      'the former name beside the current',
      {},
      undefined,
      { '/home/u/.clawdbot/clawdbot.json': '{}', '/home/u/.openclaw/openclaw.json': '{}' },
      '/home/u/.openclaw',
      '/home/u/.openclaw/openclaw.json',
    ],
  ])('locateConfig finds state and configuration: %s', async (_name, env, setting, disk, stateDir, configPath) => {
    expect(await locateConfig(setting, host(env), memoryFiles(disk))).toEqual({ stateDir, configPath });
  });
});

describe('what the configuration says', () => {
  const read = (disk: Readonly<Record<string, string>>, path = '/s/openclaw.json') =>
    readConfig(path, memoryFiles(disk), posix);

  test('comments, trailing commas and bare keys are JSON5', async () => {
    expect(await read({ '/s/openclaw.json': "{ // mine\n gateway: { port: 19001, bind: 'loopback', }, }" })).toEqual({
      kind: 'read',
      config: { gateway: { port: 19001, bind: 'loopback' } },
    });
  });

  test('there is none', async () => {
    expect(await read({ '/s/other': '' })).toEqual({ kind: 'absent' });
  });

  test.each([
    ['cut off', '{ gateway: { mode: "local", ', /not JSON5: invalid end of input at 1:29/],
    ['empty', '', /not JSON5: invalid end of input/],
    ['a list', '[]', /must be an object/],
    ['html', '<html>', /not JSON5: invalid character '<' at 1:1/],
  ])('a faulty configuration is reported with its position: %s', async (_name, text, fault) => {
    expect(await read({ '/s/openclaw.json': text })).toEqual({
      kind: 'faulty',
      path: '/s/openclaw.json',
      fault: expect.stringMatching(fault),
    });
  });

  test('files it includes are merged under its own keys, at any depth', async () => {
    const disk = {
      '/s/openclaw.json':
        '{ $include: ["a.json5", "./b/b.json5"], gateway: { port: 3, auth: { $include: "auth.json" } } }',
      '/s/a.json5': '{ gateway: { port: 1, mode: "local" }, list: [1] }',
      '/s/b/b.json5': '{ gateway: { port: 2 }, list: [2], more: { $include: "c.json" } }',
      '/s/b/c.json': '{ "deep": true }',
      '/s/auth.json': '{ "token": "t" }',
    };
    expect(await read(disk)).toEqual({
      kind: 'read',
      config: { gateway: { port: 3, mode: 'local', auth: { token: 't' } }, list: [1, 2], more: { deep: true } },
    });
  });

  test.each([
    ['a missing file', { '/s/openclaw.json': '{ $include: "gone.json" }' }, '/s/gone.json', /does not exist/],
    ['a faulty file', { '/s/openclaw.json': '{ $include: "a.json" }', '/s/a.json': '{' }, '/s/a.json', /not JSON5/],
    ['itself', { '/s/openclaw.json': '{ $include: "openclaw.json" }' }, '/s/openclaw.json', /more than 10 deep/],
    ['no file', { '/s/openclaw.json': '{ $include: 7 }' }, '/s/openclaw.json', /must name a file/],
  ])('an include of %s is reported with its path', async (_name, disk, path, fault) => {
    expect(await read(disk)).toEqual({ kind: 'faulty', path, fault: expect.stringMatching(fault) });
  });

  test('a key named __proto__ changes nothing but itself', async () => {
    const result = await read({ '/s/openclaw.json': '{ "__proto__": { "gateway": { "port": 1 } } }' });
    if (result.kind !== 'read') throw new Error('not read');
    expect(Object.hasOwn(result.config, 'gateway')).toBe(false);
    expect(result.config['gateway']).toBeUndefined();
  });

  test('a folder in its place is no configuration', async () => {
    expect(await readConfig(import.meta.dirname, nodeFiles, posix)).toMatchObject({ kind: 'faulty' });
  });

  test('readConfig reports a configuration that may not be read', async () => {
    const closed: Files = {
      ...memoryFiles({ '/s/openclaw.json': '{}' }),
      read: () => Promise.reject(new Error("EACCES: permission denied, open '/s/openclaw.json'")),
    };
    expect(await readConfig('/s/openclaw.json', closed, posix)).toEqual({
      kind: 'faulty',
      path: '/s/openclaw.json',
      fault: expect.stringMatching(/cannot be read: EACCES/),
    });
  });
});
