import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cacheRoot, ensureInstalled } from '../src/install.ts';
import type { Generation } from '../src/versions.ts';

const generation: Generation = { letter: 'C', version: '1.2.3', protocol: 4, overrides: { x: '1.0.0' } };

let root = '';
let env: NodeJS.ProcessEnv = {};
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'conformance-install-'));
  await mkdir(join(root, 'bin'));
  env = {
    PATH: [join(root, 'bin'), process.env['PATH']].join(delimiter),
    DESKCLAW_CONFORMANCE_CACHE: join(root, 'cache'),
  };
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Puts a program in place of npm that records each run and then runs this script. */
async function npmDoes(script: string): Promise<void> {
  const file = join(root, 'bin', 'npm');
  await writeFile(file, `#!/bin/sh\necho run >> "${root}/runs"\n${script}\n`);
  await chmod(file, 0o755);
}
const runs = async (): Promise<number> =>
  (await readFile(join(root, 'runs'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '').length;
const folder = (): string => join(root, 'cache', 'openclaw-1.2.3');

describe('an installation', () => {
  test('an OpenClaw is installed once, with the overrides of its generation, and found again', async () => {
    await npmDoes('mkdir -p node_modules/openclaw && node --version > node-version');
    expect(await ensureInstalled(generation, env)).toEqual({ kind: 'installed', folder: folder(), fresh: true });
    expect(await ensureInstalled(generation, env)).toEqual({ kind: 'installed', folder: folder(), fresh: false });
    expect(await runs()).toBe(1);
    const manifest: unknown = JSON.parse(await readFile(join(folder(), 'package.json'), 'utf8'));
    expect(manifest).toEqual({ private: true, dependencies: { openclaw: '1.2.3' }, overrides: { x: '1.0.0' } });
    expect((await readFile(join(folder(), 'node-version'), 'utf8')).trim()).toBe(process.version);
  });

  test('an interrupted installation is repeated from nothing', async () => {
    await mkdir(join(`${folder()}.partial`, 'node_modules', 'half'), { recursive: true });
    await mkdir(join(folder(), 'node_modules', 'half'), { recursive: true });
    await npmDoes('mkdir -p node_modules/openclaw');
    expect(await ensureInstalled(generation, env)).toMatchObject({ kind: 'installed', fresh: true });
    await expect(stat(join(folder(), 'node_modules', 'half'))).rejects.toThrow();
  });

  test('several requests at once install it once', async () => {
    await npmDoes('sleep 0.3; mkdir -p node_modules/openclaw');
    const all = await Promise.all([1, 2, 3].map(() => ensureInstalled(generation, env)));
    expect(all.every(({ kind }) => kind === 'installed')).toBe(true);
    expect(await runs()).toBe(1);
  });

  test('the lock of a dead process does not block an installation', async () => {
    await mkdir(join(root, 'cache'));
    await writeFile(`${folder()}.lock`, JSON.stringify({ pid: 2 ** 22 + 1, startMark: '1@x', nonce: 'dead' }));
    await npmDoes('mkdir -p node_modules/openclaw');
    expect(await ensureInstalled(generation, env)).toMatchObject({ kind: 'installed' });
    await expect(stat(`${folder()}.lock`)).rejects.toThrow();
  });

  test('a failed installation leaves nothing behind and gives its reason in one line', async () => {
    await npmDoes('echo "npm error code ENOTFOUND" >&2; echo "npm error host registry" >&2; exit 7');
    const result = await ensureInstalled(generation, env);
    expect(result).toEqual({
      kind: 'impossible',
      reason: 'npm install openclaw@1.2.3 failed (7): code ENOTFOUND; host registry',
    });
    await expect(stat(`${folder()}.partial`)).rejects.toThrow();
    expect(await runs()).toBe(1);
  });

  test('an installation into a folder that cannot be written is reported as impossible', async () => {
    await writeFile(join(root, 'file'), '');
    const result = await ensureInstalled(generation, { ...env, DESKCLAW_CONFORMANCE_CACHE: join(root, 'file', 'in') });
    expect(result).toMatchObject({ kind: 'impossible', reason: expect.stringContaining('ENOTDIR') });
  });
});

test('the cache folder is the configured one, else the one of the user', () => {
  expect(cacheRoot({ DESKCLAW_CONFORMANCE_CACHE: '/c', XDG_CACHE_HOME: '/x' })).toBe('/c');
  expect(cacheRoot({ XDG_CACHE_HOME: '/x' })).toBe('/x/deskclaw-conformance');
  expect(cacheRoot({})).toMatch(/\.cache\/deskclaw-conformance$/);
});
