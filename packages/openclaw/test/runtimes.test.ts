import { describe, expect, test } from 'vitest';
import type { ReadNodeVersion } from '../src/runtimes.ts';
import { chooseRuntime, type RuntimeOptions, runtimeProblem } from '../src/runtimes.ts';
import type { SystemInfo } from '../src/system-info.ts';
import { memoryFiles } from './memory-files.ts';

const NEEDED = '>=24.16.0 <25 || >=26.1.0';

function host(env: SystemInfo['env']): SystemInfo {
  return { platform: 'linux', home: '/home/u', env };
}

/** Every Node on the disk says its content; a file with no content does not run. */
function machine(disk: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const files = memoryFiles(disk);
  const nodeVersion: ReadNodeVersion = async (file) => {
    asked.push(file);
    const text = await files.read(file);
    return text === '' ? undefined : text;
  };
  return { ports: { files, nodeVersion }, asked };
}

async function choose(
  disk: Readonly<Record<string, string>>,
  options: Partial<RuntimeOptions>,
  env: SystemInfo['env'] = { PATH: '/usr/bin' },
) {
  const { ports, asked } = machine(disk);
  return { choice: await chooseRuntime({ needed: NEEDED, ...options }, host(env), ports), asked };
}

describe('the Node an OpenClaw runs on', () => {
  const beside = '/opt/node24/bin/openclaw';
  test.each<[string, Readonly<Record<string, string>>, Partial<RuntimeOptions>, SystemInfo['env'], string]>([
    [
      'the one beside the command comes first: native parts were built for it',
      { '/opt/node24/bin/node': '24.21.0', '/usr/bin/node': '26.2.0' },
      { beside, self: { file: '/usr/bin/node', version: '26.2.0' } },
      { PATH: '/usr/bin' },
      '/opt/node24/bin/node',
    ],
    [
      'then our own',
      { '/opt/node24/bin/node': '22.0.0', '/our/node': '24.20.0', '/usr/bin/node': '26.2.0' },
      { beside, self: { file: '/our/node', version: '24.20.0' } },
      { PATH: '/usr/bin' },
      '/our/node',
    ],
    [
      'then the PATH, in its order, past those that do not fit',
      { '/a/node': '22.19.0', '/b/node': '25.1.0', '/c/node': '26.1.0', '/d/node': '24.16.0' },
      {},
      { PATH: '/a:/b:/c:/d' },
      '/c/node',
    ],
    [
      'then what version managers keep, newest first',
      {
        '/usr/bin/node': '20.20.2',
        '/home/u/.nvm/versions/node/v24.16.0/bin/node': '24.16.0',
        '/home/u/.local/share/fnm/node-versions/v24.21.0/installation/bin/node': '24.21.0',
        '/home/u/.volta/tools/image/node/25.0.0/bin/node': '25.0.0',
      },
      {},
      { PATH: '/usr/bin' },
      '/home/u/.local/share/fnm/node-versions/v24.21.0/installation/bin/node',
    ],
    [
      'a variable that moves a version manager is followed',
      { '/x/nvm/versions/node/v26.3.1/bin/node': '26.3.1' },
      {},
      { PATH: '/usr/bin', NVM_DIR: '/x/nvm' },
      '/x/nvm/versions/node/v26.3.1/bin/node',
    ],
    ['one that does not run is passed over', { '/a/node': '', '/b/node': '24.16.0' }, {}, { PATH: '/a:/b' }, '/b/node'],
  ])('chooseRuntime picks the Node: %s', async (_name, disk, options, env, file) => {
    expect((await choose(disk, options, env)).choice).toMatchObject({ kind: 'chosen', runtime: { file } });
  });

  test('a Node the user named is the only one considered', async () => {
    const disk = { '/mine/node': '22.0.0', '/usr/bin/node': '24.21.0' };
    expect((await choose(disk, { named: '/mine/node' })).choice).toEqual({
      kind: 'unfit',
      runtime: { file: '/mine/node', version: '22.0.0' },
    });
  });

  test('our own is not run to learn what we know, nor are folders run whose name says they do not fit', async () => {
    const disk = {
      '/our/node': '24.20.0',
      '/home/u/.nvm/versions/node/v22.1.0/bin/node': '22.1.0',
    };
    expect((await choose(disk, { self: { file: '/our/node', version: '24.20.0' } })).asked).toEqual([]);
    expect((await choose(disk, {})).asked).toEqual([]);
  });

  test('a folder’s name is hearsay: the program is asked before it is chosen', async () => {
    const disk = { '/home/u/.nvm/versions/node/v24.21.0/bin/node': '18.0.0' };
    expect((await choose(disk, {})).choice).toEqual({
      kind: 'unfit',
      runtime: { file: '/home/u/.nvm/versions/node/v24.21.0/bin/node', version: '18.0.0' },
    });
  });

  test('two names of one program are asked once', async () => {
    const disk = { '/a/node': '-> /real/node', '/b/node': '-> /real/node', '/real/node': '22.0.0' };
    expect((await choose(disk, {}, { PATH: '/a:/b' })).asked).toEqual(['/a/node']);
  });

  test('none fits: the newest found is told, with what is needed', async () => {
    const { choice } = await choose(
      { '/a/node': '20.20.2', '/b/node': '25.9.0', '/c/node': '22.19.0' },
      {},
      { PATH: '/a:/b:/c' },
    );
    if (choice.kind === 'chosen') throw new Error('chosen');
    expect(runtimeProblem(choice, NEEDED, 3)).toMatchObject({
      code: 'runtime.node-too-old',
      detail: expect.stringMatching(/25\.9\.0 at \/b\/node.*>=24\.16\.0 <25 \|\| >=26\.1\.0/s),
      at: 3,
    });
  });

  test('there is none at all', async () => {
    const { choice } = await choose({ '/x': '' }, { beside: '/opt/bin/openclaw' }, { PATH: '/a' });
    if (choice.kind === 'chosen') throw new Error('chosen');
    const problem = runtimeProblem(choice, NEEDED, 3);
    expect(problem.code).toBe('runtime.node-missing');
    expect(problem.detail).toContain('/opt/bin/node');
    expect(problem.detail).toContain('/a/node');
  });
});

describe('ranges', () => {
  test.each([
    ['>=22.12', '22.12.0', true],
    ['>=22.12', '22.11.9', false],
    ['>=24.16.0 <25 || >=26.1.0', '24.16.0', true],
    ['>=24.16.0 <25 || >=26.1.0', '25.9.9', false],
    ['>=24.16.0 <25 || >=26.1.0', '26.0.9', false],
    ['>=24.16.0 <25 || >=26.1.0', '26.1.0', true],
    ['^24.16.0 || ^26', '26.0.0', true],
    ['24.x', '24.0.0', true],
    ['*', '8.0.0', true],
  ])('%s and %s: %s', async (needed, version, fits) => {
    const { choice } = await choose({ '/usr/bin/node': version }, { needed });
    expect(choice.kind).toBe(fits ? 'chosen' : 'unfit');
  });
});
