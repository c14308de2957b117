import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFiles } from '@deskclaw/core/internal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { discoverOpenClaw, notInstalled } from '../src/discovery.ts';
import type { SystemInfo } from '../src/system-info.ts';
import { manifest, memoryFiles } from './memory-files.ts';

const facts = (path: string, rest: Partial<SystemInfo> = {}): SystemInfo => ({
  platform: 'linux',
  home: '/home/u',
  env: { PATH: path },
  ...rest,
});

const npmShimForCmd = `@ECHO off
GOTO start
:find_dp0
SET dp0=%~dp0
EXIT /b
:start
SETLOCAL
CALL :find_dp0

IF EXIST "%dp0%\\node.exe" (
  SET "_prog=%dp0%\\node.exe"
) ELSE (
  SET "_prog=node"
  SET PATHEXT=%PATHEXT:;.JS;=;%
)

endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  "%dp0%\\node_modules\\openclaw\\openclaw.mjs" %*
`;

const pnpmShim = `#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\\\,/,g')")

if [ -z "$NODE_PATH" ]; then
  export NODE_PATH="/store/openclaw@2026.9.6/node_modules"
fi
if [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "$basedir/global/5/node_modules/openclaw/openclaw.mjs" "$@"
else
  exec node  "$basedir/global/5/node_modules/openclaw/openclaw.mjs" "$@"
fi
`;

const pnpm12Shim = `#!/bin/sh
basedir_abs=$(CDPATH= cd -- "$basedir" && pwd)
if [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "$basedir_abs"/'../.pnpm/openclaw@2026.9.6_ws@8.23.0_/node_modules/openclaw/openclaw.mjs' "$@"
else
  exec node  "$basedir_abs"/'../.pnpm/openclaw@2026.9.6_ws@8.23.0_/node_modules/openclaw/openclaw.mjs' "$@"
fi
# cmd-shim-target=../.pnpm/openclaw@2026.9.6_ws@8.23.0_/node_modules/openclaw/openclaw.mjs
`;

describe('where OpenClaw is found', () => {
  test.each<[string, Readonly<Record<string, string>>, SystemInfo, { root: string; by: string }]>([
    [
      'npm on POSIX: a link into the package',
      {
        '/opt/node/bin/openclaw': '-> ../lib/node_modules/openclaw/openclaw.mjs',
        '/opt/node/lib/node_modules/openclaw/openclaw.mjs': '',
        '/opt/node/lib/node_modules/openclaw/package.json': manifest('2026.9.6'),
      },
      facts('/usr/bin:/opt/node/bin'),
      { root: '/opt/node/lib/node_modules/openclaw', by: '/opt/node/bin/openclaw' },
    ],
    [
      'pnpm: a script whose paths start at its own folder, into a store behind a link',
      {
        '/home/u/.local/share/pnpm/openclaw': pnpmShim,
        '/home/u/.local/share/pnpm/global/5/node_modules/openclaw': '-> /store/openclaw@2026.9.6/node_modules/openclaw',
        '/store/openclaw@2026.9.6/node_modules/openclaw/openclaw.mjs': '',
        '/store/openclaw@2026.9.6/node_modules/openclaw/package.json': manifest('2026.9.6'),
      },
      facts('/home/u/.local/share/pnpm'),
      { root: '/store/openclaw@2026.9.6/node_modules/openclaw', by: '/home/u/.local/share/pnpm/openclaw' },
    ],
    [
      'pnpm 12: a script whose paths are relative to its own folder',
      {
        '/w/node_modules/.bin/openclaw': pnpm12Shim,
        '/w/node_modules/.pnpm/openclaw@2026.9.6_ws@8.23.0_/node_modules/openclaw/openclaw.mjs': '',
        '/w/node_modules/.pnpm/openclaw@2026.9.6_ws@8.23.0_/node_modules/openclaw/package.json': manifest('2026.9.6'),
      },
      facts('/w/node_modules/.bin'),
      {
        root: '/w/node_modules/.pnpm/openclaw@2026.9.6_ws@8.23.0_/node_modules/openclaw',
        by: '/w/node_modules/.bin/openclaw',
      },
    ],
    [
      'a hand-written wrapper around a built file',
      {
        '/home/u/bin/openclaw': '#!/bin/sh\nexec node /srv/claw/dist/entry.js "$@"\n',
        '/srv/claw/dist/entry.js': '',
        '/srv/claw/package.json': manifest('2026.9.6'),
      },
      facts('/home/u/bin'),
      { root: '/srv/claw', by: '/home/u/bin/openclaw' },
    ],
    [
      'volta: a dispatcher; the package lies in its own image',
      {
        '/home/u/.volta/bin/openclaw': '-> volta-shim',
        '/home/u/.volta/bin/volta-shim': 'ELF',
        '/home/u/.volta/tools/image/packages/openclaw/lib/node_modules/openclaw/package.json': manifest('2026.9.6'),
      },
      facts('/home/u/.volta/bin'),
      {
        root: '/home/u/.volta/tools/image/packages/openclaw/lib/node_modules/openclaw',
        by: '/home/u/.volta/bin/openclaw',
      },
    ],
    [
      'asdf: a dispatcher script; the newest Node that has it',
      {
        '/home/u/.asdf/shims/openclaw': '#!/usr/bin/env bash\nexec /opt/asdf/bin/asdf exec "openclaw" "$@"\n',
        '/home/u/.asdf/installs/nodejs/22.20.0/lib/node_modules/openclaw/package.json': manifest('2026.5.28'),
        '/home/u/.asdf/installs/nodejs/24.21.0/lib/node_modules/openclaw/package.json': manifest('2026.9.6'),
      },
      facts('/home/u/.asdf/shims'),
      {
        root: '/home/u/.asdf/installs/nodejs/24.21.0/lib/node_modules/openclaw',
        by: '/home/u/.asdf/shims/openclaw',
      },
    ],
    [
      'a desktop’s poor PATH: the usual folders are searched all the same',
      {
        '/home/u/.npm-global/bin/openclaw': '-> ../lib/node_modules/openclaw/openclaw.mjs',
        '/home/u/.npm-global/lib/node_modules/openclaw/openclaw.mjs': '',
        '/home/u/.npm-global/lib/node_modules/openclaw/package.json': manifest('2026.9.6'),
      },
      facts('/usr/bin:/bin'),
      { root: '/home/u/.npm-global/lib/node_modules/openclaw', by: '/home/u/.npm-global/bin/openclaw' },
    ],
    [
      'nvm, whose folders are on no PATH: beside the newest Node that has it',
      {
        '/home/u/.nvm/versions/node/v24.21.0/bin/node': '',
        '/home/u/.nvm/versions/node/v24.21.0/lib/node_modules/openclaw/package.json': manifest('2026.9.6'),
        '/home/u/.nvm/versions/node/v26.2.0/bin/node': '',
      },
      facts('/usr/bin'),
      {
        root: '/home/u/.nvm/versions/node/v24.21.0/lib/node_modules/openclaw',
        by: '/home/u/.nvm/versions/node/v24.21.0/bin/node',
      },
    ],
    [
      'the first on the PATH wins',
      {
        '/a/openclaw': '-> /one/openclaw.mjs',
        '/one/openclaw.mjs': '',
        '/one/package.json': manifest('1.0.0'),
        '/b/openclaw': '-> /two/openclaw.mjs',
        '/two/openclaw.mjs': '',
        '/two/package.json': manifest('2.0.0'),
      },
      facts('/b:/a'),
      { root: '/two', by: '/b/openclaw' },
    ],
    [
      'something else of that name is passed over',
      {
        '/games/openclaw': 'ELF a game about a pirate cat',
        '/b/openclaw': '-> /two/openclaw.mjs',
        '/two/openclaw.mjs': '',
        '/two/package.json': manifest('2.0.0'),
      },
      facts('/games:/b'),
      { root: '/two', by: '/b/openclaw' },
    ],
  ])('discoverOpenClaw finds %s', async (_name, disk, host, expected) => {
    const found = await discoverOpenClaw(undefined, host, memoryFiles(disk));
    expect(found).toMatchObject({ kind: 'found', by: expected.by, package: { root: expected.root } });
  });

  test('npm on Windows: a cmd script', async () => {
    const host: SystemInfo = { platform: 'win32', home: 'C:\\Users\\u', env: { Path: 'C:\\Windows;C:\\npm' } };
    const disk = {
      'C:\\npm\\openclaw.cmd': npmShimForCmd,
      'C:\\npm\\node_modules\\openclaw\\openclaw.mjs': '',
      'C:\\npm\\node_modules\\openclaw\\package.json': manifest('2026.9.6'),
    };
    expect(await discoverOpenClaw(undefined, host, memoryFiles(disk, 'win32'))).toEqual({
      kind: 'found',
      by: 'C:\\npm\\openclaw.cmd',
      package: {
        root: 'C:\\npm\\node_modules\\openclaw',
        entry: 'C:\\npm\\node_modules\\openclaw\\openclaw.mjs',
        version: '2026.9.6',
        neededNode: '>=24.16.0 <25 || >=26.1.0',
      },
    });
  });

  test('a package without engines runs on any Node; one without a bin is no program', async () => {
    const bare = { '/p/package.json': JSON.stringify({ name: 'openclaw', version: '1.2.3', bin: 'run.mjs' }) };
    expect(await discoverOpenClaw('/p', facts(''), memoryFiles(bare))).toMatchObject({
      package: { neededNode: '*', entry: '/p/run.mjs' },
    });
    const library = { '/p/package.json': JSON.stringify({ name: 'openclaw', version: '1.2.3' }) };
    expect(await discoverOpenClaw('/p', facts(''), memoryFiles(library))).toMatchObject({ kind: 'not-found' });
  });
});

describe('an OpenClaw that the user named', () => {
  const disk = {
    '/srv/app/node_modules/openclaw/openclaw.mjs': '',
    '/srv/app/node_modules/openclaw/package.json': manifest('2026.9.6'),
    '/srv/app/node_modules/.bin/openclaw': '-> ../openclaw/openclaw.mjs',
    '/other/openclaw': '-> /other/pkg/openclaw.mjs',
    '/other/pkg/openclaw.mjs': '',
    '/other/pkg/package.json': manifest('1.0.0'),
  };
  test.each([
    '/srv/app/node_modules/openclaw',
    '/srv/app',
    '/srv/app/node_modules/openclaw/openclaw.mjs',
    '/srv/app/node_modules/.bin/openclaw',
  ])('discoverOpenClaw accepts the named place %s', async (named) => {
    expect(await discoverOpenClaw(named, facts('/other'), memoryFiles(disk))).toMatchObject({
      kind: 'found',
      by: named,
      package: { version: '2026.9.6' },
    });
  });

  test('discoverOpenClaw looks nowhere else when a place is named', async () => {
    expect(await discoverOpenClaw('/nowhere', facts('/other'), memoryFiles(disk))).toEqual({
      kind: 'not-found',
      searched: ['/nowhere'],
    });
  });
});

describe('no OpenClaw', () => {
  test('every searched folder is told, relative ones are never searched', async () => {
    const found = await discoverOpenClaw(undefined, facts('/usr/bin:.:bin::/opt/bin'), memoryFiles({ '/x': '' }));
    if (found.kind !== 'not-found') throw new Error('found');
    expect(found.searched.slice(0, 2)).toEqual(['/usr/bin', '/opt/bin']);
    expect(found.searched.every((folder) => folder.startsWith('/'))).toBe(true);
    const problem = notInstalled(found.searched, 7);
    expect(problem).toMatchObject({ code: 'openclaw.not-installed', retryable: false, at: 7 });
    expect(problem.detail).toContain('/opt/bin');
    expect(problem.actions.map((action) => action.command)).toContain('deskclaw start --gateway builtin');
  });
});

describe('on a real disk', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'openclaw-discovery-')));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('links are followed, unreadable and looping entries are passed over', async () => {
    const root = join(folder, 'lib', 'node_modules', 'openclaw');
    await mkdir(root, { recursive: true });
    await mkdir(join(folder, 'bin'));
    await mkdir(join(folder, 'first', 'openclaw'), { recursive: true });
    await mkdir(join(folder, 'second'));
    await writeFile(join(root, 'package.json'), manifest('2026.9.6'));
    await writeFile(join(root, 'openclaw.mjs'), '');
    await symlink('openclaw', join(folder, 'second', 'openclaw'));
    await symlink('../lib/node_modules/openclaw/openclaw.mjs', join(folder, 'bin', 'openclaw'));
    const path = ['first', 'second', 'missing', 'bin'].map((name) => join(folder, name)).join(':');
    const host: SystemInfo = { platform: 'linux', home: folder, env: { PATH: path } };
    expect(await discoverOpenClaw(undefined, host, nodeFiles)).toMatchObject({
      kind: 'found',
      by: join(folder, 'bin', 'openclaw'),
      package: { root, version: '2026.9.6' },
    });
  });
});
