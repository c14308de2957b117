import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../../openclaw/test/memory-files.ts';
import { findNpm, npmEnvironment } from '../../src/install/npm.ts';

function find(
  disk: Readonly<Record<string, string>>,
  nodes: Parameters<typeof findNpm>[0] = {},
  platform: NodeJS.Platform = 'linux',
) {
  const windows = platform === 'win32';
  const env = windows ? { Path: 'C:\\node' } : { PATH: '/usr/local/bin:/usr/bin' };
  return findNpm(nodes, { platform, home: windows ? 'C:\\u' : '/home/u', env }, memoryFiles(disk, platform));
}
const system = {
  '/usr/bin/node': '',
  '/usr/bin/npm': '-> ../lib/node_modules/npm/bin/npm-cli.js',
  '/usr/lib/node_modules/npm/bin/npm-cli.js': '',
};

describe('npm', () => {
  it.each<[string, Readonly<Record<string, string>>, Parameters<typeof findNpm>[0], object]>([
    [
      'on the PATH, run by the Node beside it',
      system,
      {},
      { node: '/usr/bin/node', script: '/usr/lib/node_modules/npm/bin/npm-cli.js' },
    ],
    [
      'on the PATH, run by the Node that fits',
      system,
      { fitting: '/opt/n24/bin/node', self: '/self/node' },
      { node: '/opt/n24/bin/node', script: '/usr/lib/node_modules/npm/bin/npm-cli.js' },
    ],
    [
      'beside the Node that fits, before the one on the PATH',
      { ...system, '/opt/n24/bin/node': '', '/opt/n24/lib/node_modules/npm/bin/npm-cli.js': '' },
      { fitting: '/opt/n24/bin/node' },
      { node: '/opt/n24/bin/node', script: '/opt/n24/lib/node_modules/npm/bin/npm-cli.js' },
    ],
    [
      'with its own settings, whichever Node runs it',
      { ...system, '/usr/etc/npmrc': 'cafile=/etc/ca.pem' },
      { fitting: '/opt/n24/bin/node' },
      {
        node: '/opt/n24/bin/node',
        script: '/usr/lib/node_modules/npm/bin/npm-cli.js',
        settings: '/usr/etc/npmrc',
      },
    ],
    [
      'with a version manager',
      {
        '/home/u/.nvm/versions/node/v22.1.0/bin/node': '',
        '/home/u/.nvm/versions/node/v22.1.0/lib/node_modules/npm/bin/npm-cli.js': '',
      },
      {},
      {
        node: '/home/u/.nvm/versions/node/v22.1.0/bin/node',
        script: '/home/u/.nvm/versions/node/v22.1.0/lib/node_modules/npm/bin/npm-cli.js',
      },
    ],
  ])('findNpm finds the npm %s', async (_, disk, nodes, npm) => {
    expect(await find(disk, nodes)).toEqual({ kind: 'found', npm });
  });

  it('findNpm on Windows finds the script behind the batch file', async () => {
    const disk = {
      'C:\\node\\node.exe': '',
      'C:\\node\\npm.cmd': '@echo',
      'C:\\node\\node_modules\\npm\\bin\\npm-cli.js': '',
    };
    expect(await find(disk, {}, 'win32')).toEqual({
      kind: 'found',
      npm: { node: 'C:\\node\\node.exe', script: 'C:\\node\\node_modules\\npm\\bin\\npm-cli.js' },
    });
  });

  it('findNpm rejects another program named npm and returns the searched folders', async () => {
    expect(await find({ '/usr/bin/npm': '-> /opt/volta/volta-shim', '/opt/volta/volta-shim': '' })).toEqual({
      kind: 'none',
      searched: ['/usr/local/bin', '/usr/bin'],
    });
  });
});

it('npm sees the user’s own environment, but not what an npm above us says about its own run', () => {
  const env = {
    PATH: '/usr/bin',
    HOME: '/home/u',
    HTTPS_PROXY: 'http://proxy',
    NPM_TOKEN: 't',
    npm_config_registry: 'http://r/',
    npm_config_cache: '/c',
    npm_config_local_prefix: '/checkout',
    npm_config_global: 'true',
    npm_config_omit: 'optional',
    npm_lifecycle_event: 'deskclaw',
    npm_package_name: 'root',
    NODE_OPTIONS: '--inspect',
    ELECTRON_RUN_AS_NODE: '1',
  };
  const npm = { node: '/opt/n/bin/node', script: '/x', settings: '/usr/etc/npmrc' };
  const own = { ...env, npm_config_globalconfig: '/home/u/npmrc' };
  expect(npmEnvironment(own, npm, '/d/drafts', 'linux')).toMatchObject({ npm_config_globalconfig: '/home/u/npmrc' });
  expect(npmEnvironment(env, npm, '/d/drafts', 'linux')).toEqual({
    PATH: '/opt/n/bin:/usr/bin',
    HOME: '/home/u',
    HTTPS_PROXY: 'http://proxy',
    NPM_TOKEN: 't',
    npm_config_registry: 'http://r/',
    npm_config_cache: '/c',
    npm_config_globalconfig: '/usr/etc/npmrc',
    DESKCLAW_INSTALL: '/d/drafts',
  });
});
