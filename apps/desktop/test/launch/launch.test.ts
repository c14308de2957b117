import { delimiter } from 'node:path';
import { resolvePaths } from '@deskclaw/host';
import { describe, expect, test } from 'vitest';
import { appFiles, appFolders } from '../../src/launch/app-files.ts';
import { parseArguments } from '../../src/launch/arguments.ts';
import { findNode, isSupportedNode } from '../../src/launch/programs.ts';

describe('the command line of the app', () => {
  test.each<[readonly string[], Readonly<Record<string, string>>, object]>([
    [[], {}, { profile: 'default', hidden: false }],
    [['.', '--profile', 'work'], {}, { profile: 'work', hidden: false }],
    [['--profile=work', '--hidden'], {}, { profile: 'work', hidden: true }],
    [['--inspect=0', '--no-first-run', '/some/app'], {}, { profile: 'default', hidden: false }],
    [[], { DESKCLAW_PROFILE: 'home' }, { profile: 'home', hidden: false }],
    [['--profile', 'work'], { DESKCLAW_PROFILE: 'home' }, { profile: 'work', hidden: false }],
    [[], { DESKCLAW_PROFILE: '' }, { profile: 'default', hidden: false }],
  ])('the arguments %j with the environment %j are parsed', (argv, env, value) => {
    expect(parseArguments(argv, env)).toEqual({ ok: true, value });
  });

  test('the selected profile is used where none is named', () => {
    const profileOf = (argv: readonly string[]) => parseArguments(argv, {}, () => 'work');
    expect(profileOf([])).toMatchObject({ value: { profile: 'work' } });
    expect(profileOf(['--profile', 'lab'])).toMatchObject({ value: { profile: 'lab' } });
  });

  test.each([
    [['--profile']],
    [['--profile=']],
    [['--profile', '../etc']],
    [['--profile', 'a/b']],
    [['--profile', '--hidden']],
  ])('the arguments %j are refused as a profile name', (argv) => {
    expect(parseArguments(argv, {})).toMatchObject({
      ok: false,
      message: expect.stringContaining('is not a valid profile name'),
    });
  });
});

test('profiles and installations have separate app folders', () => {
  const folders = [
    { name: 'default', env: { DESKCLAW_HOME: '/one' } },
    { name: 'work', env: { DESKCLAW_HOME: '/one' } },
    { name: 'default', env: { DESKCLAW_HOME: '/two' } },
    { name: 'default', env: { HOME: '/home/me' } },
  ].map((input) => appFolders(resolvePaths({ ...input, platform: 'linux' })));
  const all = folders.flatMap(({ userData, sessionData, crashes }) => [userData, sessionData, crashes]);
  expect(new Set(all).size).toBe(all.length);
  expect(folders[0]?.userData).toBe('/one/config/desktop/default');
});

describe('findNode', () => {
  test.each([
    ['v22.19.0', true],
    ['v22.18.9', false],
    ['v24.1.0\n', true],
    ['v20.20.2', false],
    ['v9.99.99', false],
    ['22.19.0', false],
    ['', false],
    ['bash: node: not found', false],
  ])('isSupportedNode of %j is %s', (version, fits) => {
    expect(isSupportedNode(version)).toBe(fits);
  });

  const versions: Readonly<Record<string, string>> = {
    '/old/node': 'v20.20.2',
    '/new/node': 'v24.21.0',
    '/newer/node': 'v26.0.0',
  };
  const run = (file: string) => {
    const version = versions[file];
    return version === undefined ? Promise.reject(new Error('ENOENT')) : Promise.resolve(version);
  };
  const path = (...folders: readonly string[]) => ({ PATH: folders.join(delimiter) });

  test('findNode returns the first supported Node on the PATH', async () => {
    expect(await findNode(path('/none', '/old', '/new', '/newer'), 'linux', run)).toBe('/new/node');
  });

  test('findNode returns undefined without a supported Node and skips relative folders', async () => {
    expect(await findNode(path('/none', '/old', '.', ''), 'linux', run)).toBeUndefined();
    expect(await findNode({}, 'linux', run)).toBeUndefined();
  });
});

describe('appFiles', () => {
  const checkout = {
    dist: '/src/apps/desktop/dist',
    assets: '/src/apps/desktop/assets',
    resources: undefined,
    platform: 'linux' as const,
  };

  test('appFiles finds the programs of a checkout', () => {
    const files = appFiles(checkout);
    expect(files).toMatchObject({
      page: '/src/apps/desktop/dist/renderer',
      preload: '/src/apps/desktop/dist/preload/preload.cjs',
      builtinGateway: '/src/packages/gateway/dist/deskclaw-gateway.js',
      commandLine: undefined,
    });
    expect(files.trayIcon('running')).toBe('/src/apps/desktop/assets/tray/running.png');
  });

  test('appFiles of a packed app points outside the archive', () => {
    const files = appFiles({ ...checkout, resources: '/opt/DeskClaw/resources' });
    expect(files.builtinGateway).toBe(
      '/opt/DeskClaw/resources/programs/node_modules/@deskclaw/gateway/dist/deskclaw-gateway.js',
    );
  });

  test('appFiles uses template tray icons on macOS', () => {
    expect(appFiles({ ...checkout, platform: 'darwin' }).trayIcon('alert')).toBe(
      '/src/apps/desktop/assets/tray/alertTemplate.png',
    );
  });
});
