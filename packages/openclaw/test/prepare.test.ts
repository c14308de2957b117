import { childEnvironment } from '@deskclaw/core/internal';
import { describe, expect, test } from 'vitest';
import { type PreparedOpenClaw, type PrepareInput, prepareOpenClaw } from '../src/prepare.ts';
import { manifest, memoryFiles } from './memory-files.ts';

const installed = {
  '/opt/bin/openclaw': '-> ../lib/node_modules/openclaw/openclaw.mjs',
  '/opt/bin/node': '24.21.0',
  '/opt/lib/node_modules/openclaw/openclaw.mjs': '',
  '/opt/lib/node_modules/openclaw/package.json': manifest('2026.9.6'),
};

async function prepare(disk: Readonly<Record<string, string>>, rest: Partial<PrepareInput> = {}) {
  const files = memoryFiles({ ...installed, ...disk });
  let made = 0;
  const input: PrepareInput = { platform: 'linux', home: '/home/u', env: { PATH: '/opt/bin' }, ...rest };
  const prepared = await prepareOpenClaw(input, {
    files,
    nodeVersion: (file) => files.read(file),
    ownToken: () => {
      made += 1;
      return { value: 'made-token', source: '/profile/gateway.token' };
    },
    now: () => 11,
  });
  return { prepared, made };
}

function planOf(prepared: PreparedOpenClaw) {
  if (!prepared.ok) throw new Error(prepared.problem.detail);
  return prepared.plan;
}

describe('a plan', () => {
  test('prepareOpenClaw plans a start without a configuration', async () => {
    const { prepared } = await prepare({});
    const plan = planOf(prepared);
    expect(plan).toMatchObject({
      dialect: 'openclaw',
      command: [
        '/opt/bin/node',
        '/opt/lib/node_modules/openclaw/openclaw.mjs',
        'gateway',
        '--port',
        '{port}',
        '--bind',
        'loopback',
        '--allow-unconfigured',
      ],
      host: '127.0.0.1',
      port: 18_789,
      portSource: 'default',
      path: '/',
      healthPath: '/healthz',
      probePaths: { startup: '/startupz', readiness: '/readyz' },
      graceMs: 10_000,
      auth: { kind: 'token', token: 'made-token', source: '/profile/gateway.token' },
      version: '2026.9.6',
      node: { file: '/opt/bin/node', version: '24.21.0' },
      stateDir: '/home/u/.openclaw',
      configPath: '/home/u/.openclaw/openclaw.json',
      configured: false,
    });
    expect(plan.startTimeoutMs).toBeGreaterThanOrEqual(120_000);
    expect(plan.env).toEqual({
      OPENCLAW_NO_RESPAWN: '1',
      OPENCLAW_SUPERVISOR_MODE: 'external',
      OPENCLAW_SERVICE_REPAIR_POLICY: 'external',
      OPENCLAW_DISABLE_BONJOUR: '1',
      OPENCLAW_EXEC_SHELL_SNAPSHOT: '0',
      OPENCLAW_GATEWAY_TOKEN: 'made-token',
    });
  });

  test('prepareOpenClaw takes port and token from the configuration and generates none', async () => {
    const config = '{ gateway: { mode: "local", port: 19001, auth: { mode: "token", token: "cfg" } } }';
    const { prepared, made } = await prepare({ '/home/u/.openclaw/openclaw.json': config });
    const plan = planOf(prepared);
    expect(plan.command).not.toContain('--allow-unconfigured');
    expect(plan).toMatchObject({
      port: 19_001,
      portSource: '/home/u/.openclaw/openclaw.json: gateway.port',
      configured: true,
      auth: { token: 'cfg' },
    });
    expect(plan.env['OPENCLAW_GATEWAY_TOKEN']).toBe('cfg');
    expect(made).toBe(0);
  });

  test('prepareOpenClaw falls back to an installed Node when none of the user’s fits', async () => {
    const { prepared } = await prepare(
      { '/opt/bin/node': '22.0.0', '/data/node/24.21.0/bin/node': '24.21.0' },
      { installedNodes: ['/data/node/24.21.0/bin/node'] },
    );
    expect(planOf(prepared).node).toEqual({ file: '/data/node/24.21.0/bin/node', version: '24.21.0' });
  });

  test('the command line never carries a secret', async () => {
    const config = '{ gateway: { mode: "local", auth: { mode: "password", password: "pw-secret" } } }';
    for (const disk of [{}, { '/home/u/.openclaw/openclaw.json': config }]) {
      const plan = planOf((await prepare(disk)).prepared);
      expect(plan.command.join(' ')).not.toMatch(/made-token|pw-secret|--token|--password/);
    }
  });

  test('settings of ours win: port, state folder, what the user told us', async () => {
    const { prepared } = await prepare(
      { '/ours/openclaw.json': '{ gateway: { mode: "local" } }' },
      {
        port: 7,
        stateDir: '/ours',
        secret: { value: 'told', source: '/run/token' },
        skipChannels: true,
        env: { PATH: '/opt/bin', OPENCLAW_STATE_DIR: '/theirs' },
      },
    );
    const plan = planOf(prepared);
    expect(plan).toMatchObject({ port: 7, portSource: 'flag', stateDir: '/ours', auth: { token: 'told' } });
    expect(plan.env).toMatchObject({ OPENCLAW_STATE_DIR: '/ours', OPENCLAW_SKIP_CHANNELS: '1' });
  });

  test('the environment of the plan holds what OpenClaw needs and no foreign variables', async () => {
    const env = {
      PATH: '/opt/bin',
      HOME: '/home/u',
      OPENCLAW_LOG_LEVEL: 'debug',
      ANTHROPIC_API_KEY: 'k1',
      SLACK_BOT_TOKEN: 'k2',
      OLLAMA_BASE_URL: 'http://127.0.0.1:11434',
      MY_SPECIAL: 'named by the configuration',
      MY_OTHER: 'not named',
      HTTPS_PROXY: 'http://proxy:1',
      NODE_OPTIONS: '--inspect',
      NODE_COMPILE_CACHE: '/cache',
      NODE_AUTH_TOKEN: 'registry',
      npm_config_registry: 'x',
      DESKCLAW_TOKEN_FILE: '/x',
      ELECTRON_RUN_AS_NODE: '1',
      INVOCATION_ID: 'systemd',
      VITEST: 'true',
      OPENCLAW_SERVICE_MARKER: '1',
      OPENCLAW_SYSTEMD_UNIT: 'x',
      OPENCLAW_NODE_UPDATE_RESPAWNED: '1',
      OPENCLAW_NO_RESPAWN: '0',
      OPENCLAW_SUPERVISOR_MODE: 'systemd',
      OPENCLAW_SERVICE_REPAIR_POLICY: 'auto',
    };
    const config = `{ gateway: { mode: "local" }, models: [{ apiKey: "\${MY_SPECIAL}" }] }`;
    const { prepared } = await prepare({ '/home/u/.openclaw/openclaw.json': config }, { env });
    const child = childEnvironment({ host: env, platform: 'linux', overrides: planOf(prepared).env });
    expect(child).toMatchObject({
      HOME: '/home/u',
      OPENCLAW_LOG_LEVEL: 'debug',
      ANTHROPIC_API_KEY: 'k1',
      SLACK_BOT_TOKEN: 'k2',
      OLLAMA_BASE_URL: 'http://127.0.0.1:11434',
      MY_SPECIAL: 'named by the configuration',
      HTTPS_PROXY: 'http://proxy:1',
      OPENCLAW_NO_RESPAWN: '1',
      OPENCLAW_SUPERVISOR_MODE: 'external',
      OPENCLAW_SERVICE_REPAIR_POLICY: 'external',
    });
    expect(child['NO_PROXY']).toContain('127.0.0.1');
    for (const name of [
      'MY_OTHER',
      'NODE_OPTIONS',
      'NODE_COMPILE_CACHE',
      'NODE_AUTH_TOKEN',
      'npm_config_registry',
      'DESKCLAW_TOKEN_FILE',
    ]) {
      expect(child).not.toHaveProperty(name);
    }
    for (const name of [
      'ELECTRON_RUN_AS_NODE',
      'INVOCATION_ID',
      'VITEST',
      'OPENCLAW_SERVICE_MARKER',
      'OPENCLAW_SYSTEMD_UNIT',
    ]) {
      expect(child).not.toHaveProperty(name);
    }
    expect(child).not.toHaveProperty('OPENCLAW_NODE_UPDATE_RESPAWNED');
  });
});

describe('no plan', () => {
  const config = '/home/u/.openclaw/openclaw.json';
  test.each<[string, Readonly<Record<string, string>>, Partial<PrepareInput>, string, RegExp]>([
    ['no OpenClaw', {}, { env: { PATH: '/bin' } }, 'openclaw.not-installed', /\/bin/],
    ['a named OpenClaw that is none', {}, { openclaw: '/nowhere' }, 'openclaw.not-installed', /\/nowhere/],
    ['an old Node', { '/opt/bin/node': '22.0.0' }, {}, 'runtime.node-too-old', /22\.0\.0 at \/opt\/bin\/node.*24\.16/s],
    ['no Node', { '/opt/bin/node': 'no version' }, {}, 'runtime.node-missing', />=24\.16/],
    ['a configuration cut off', { [config]: '{ gateway: {' }, {}, 'config.invalid', /openclaw\.json: it is not JSON5/],
    [
      'one that names another machine',
      { [config]: '{ gateway: { mode: "remote" } }' },
      {},
      'config.invalid',
      /another machine/,
    ],
    ['one that names no mode', { [config]: '{ agents: {} }' }, {}, 'config.invalid', /config set gateway\.mode local/],
    [
      'a token only OpenClaw can read',
      { [config]: '{ gateway: { mode: "local", auth: { token: { source: "exec", id: "x" } } } }' },
      {},
      'auth.token-missing',
      /secret reference/,
    ],
  ])('prepareOpenClaw refuses %s', async (_name, disk, rest, code, words) => {
    const { prepared } = await prepare(disk, rest);
    if (prepared.ok) throw new Error('a plan');
    expect(prepared.problem).toMatchObject({ code, at: 11 });
    expect(prepared.problem.detail).toMatch(words);
  });

  test('a problem never tells a secret', async () => {
    const text = '{ gateway: { mode: "remote", auth: { token: "very-secret" } } }';
    const { prepared } = await prepare({ [config]: text });
    expect(JSON.stringify(prepared)).not.toContain('very-secret');
  });
});
