import type { DeviceAuth } from '@deskclaw/core';
import type { OpenClawPlan } from '@deskclaw/openclaw';
import type { StartRequest } from '@deskclaw/protocol';
import { describe, expect, it } from 'vitest';
import { buildLaunch, chooseGateway, conflictsWith, type LaunchDeps } from '../../src/host/launch-target.ts';
import type { Settings } from '../../src/profile/config.ts';

describe('which gateway', () => {
  it.each<[StartRequest, Settings, unknown]>([
    [{}, {}, { kind: 'openclaw' }],
    [{}, { gateway: 'builtin' }, { kind: 'builtin' }],
    [{ gateway: 'openclaw' }, { gateway: 'builtin' }, { kind: 'openclaw' }],
    [{ gateway: 'builtin' }, { command: ['x'] }, { kind: 'builtin' }],
    [{ command: ['y'] }, { gateway: 'builtin' }, { kind: 'command', command: ['y'] }],
    [{}, { command: ['x'], gateway: 'builtin' }, { kind: 'command', command: ['x'] }],
    [{}, { url: 'wss://h/' }, { kind: 'attach', url: 'wss://h/' }],
    [{}, { mode: 'attach', command: ['x'] }, { kind: 'attach', url: undefined }],
    [{ gateway: 'builtin' }, { url: 'wss://h/' }, { kind: 'builtin' }],
  ])('%j over %j is %j', (request, settings, choice) => {
    expect(chooseGateway(request, settings)).toEqual(choice);
  });
});

it('a time that the request names limits the start, and one of the settings does not', async () => {
  const deps: LaunchDeps = {
    token: undefined,
    device,
    builtin: {
      command: ['gateway'],
      version: '1.0.0',
      dataFolder: '/data',
      token: () => ({ file: '/t', secret: { value: 'v', source: 's' } }),
    },
    prepareOpenClaw: () => Promise.reject(new Error('not asked')),
    openClawHooks: () => {
      throw new Error('not asked');
    },
  };
  const limits = async (request: StartRequest) => {
    const launch = await buildLaunch(request, { startup: { timeoutMs: 60_000 } }, deps);
    return launch.ok ? [launch.target.startTimeoutMs, launch.target.startLimitMs] : launch;
  };
  expect(await limits({ gateway: 'builtin', timeoutMs: 5_000 })).toEqual([5_000, 5_000]);
  expect(await limits({ command: ['x'], timeoutMs: 5_000 })).toEqual([5_000, 5_000]);
  expect(await limits({ command: ['x'] })).toEqual([60_000, undefined]);
});

describe('a request while a gateway runs', () => {
  it.each([
    [{ gateway: 'builtin' }, {}, false],
    [{ gateway: 'builtin', port: 5 }, { gateway: 'builtin' }, false],
    [{ gateway: 'builtin', port: 5 }, { port: 5 }, false],
    [{ gateway: 'builtin', port: 5 }, { port: 0 }, false],
    [{ gateway: 'builtin', port: 5 }, { port: 6 }, true],
    [{ gateway: 'builtin' }, { path: '/ws' }, false],
    [{ gateway: 'builtin' }, { path: '/' }, true],
    [{ gateway: 'builtin', port: 0 }, { port: 5 }, false],
    [{ gateway: 'builtin' }, { port: 5 }, false],
    [{ gateway: 'builtin' }, { gateway: 'openclaw' }, true],
    [{}, { gateway: 'openclaw' }, false],
    [{}, { gateway: 'builtin' }, true],
    [{ command: ['a', 'b'] }, { command: ['a', 'b'] }, false],
    [{ command: ['a', 'b'] }, { command: ['a', 'c'] }, true],
    [{ command: ['a', 'b'] }, { gateway: 'openclaw' }, true],
  ] as const)('started by %j on port 5, asked for %j: differs %j', (running, asked, expected) => {
    expect(conflictsWith({ choice: chooseGateway(running, {}), port: 5, path: '/ws' }, asked)).toBe(expected);
  });
});

describe('a request for another path while a gateway runs', () => {
  it.each([
    ['/ws', '/ws', false],
    ['/ws', '/ws?token=x', false],
    ['/ws', '/rpc', true],
    [undefined, '/rpc', false],
  ])('running at %s, asked for %s: differs %j', (path, asked, expected) => {
    const running = { choice: chooseGateway({ gateway: 'builtin' }, {}), port: 5, path };
    expect(conflictsWith(running, { path: asked })).toBe(expected);
  });
});

const device: DeviceAuth = {
  key: () => Promise.reject(new Error('not asked')),
  tokenFor: () => Promise.resolve(undefined),
  storeToken: () => Promise.resolve(),
  forgetToken: () => Promise.resolve(),
};

describe('the plan of the built-in gateway', () => {
  const ports: LaunchDeps = {
    token: undefined,
    device,
    builtin: {
      command: ['node', 'gateway.js'],
      version: '9.8.7',
      dataFolder: '/state/data',
      token: () => ({ file: '/state/token', secret: { value: 'the-secret-value', source: '/state/token' } }),
    },
    prepareOpenClaw: () => Promise.reject(new Error('not asked')),
    openClawHooks: () => {
      throw new Error('not asked');
    },
  };

  it('names the token’s file, never the token', async () => {
    const planned = await buildLaunch({ gateway: 'builtin', port: 7, timeoutMs: 9 }, {}, ports);
    if (!planned.ok) throw new Error(planned.problem.title);
    const { target } = planned;
    expect(target.command).toEqual(expect.arrayContaining(['--token-file', '/state/token', '--data', '/state/data']));
    expect(JSON.stringify([target.command, target.env])).not.toContain('the-secret-value');
    expect(target).toMatchObject({ port: 7, startTimeoutMs: 9, dialect: 'jsonrpc', lifeline: true });
  });

  it('keeps what the profile says of stopping and host', async () => {
    const planned = await buildLaunch({ gateway: 'builtin' }, { host: '::1', stop: { graceMs: 4, drainMs: 3 } }, ports);
    expect(planned).toMatchObject({ ok: true, target: { host: '::1', graceMs: 4, drainMs: 3, port: 18_789 } });
  });

  it('a token the user named is used for a command of theirs', async () => {
    const token = { value: 'mine', source: '/my/token' };
    const planned = await buildLaunch({ command: ['gw'] }, {}, { ...ports, token });
    expect(planned).toMatchObject({ ok: true, target: { auth: { token: 'mine', tokenSource: '/my/token' } } });
  });

  it.each<[string, Settings, unknown]>([
    ['a command on this machine', { command: ['gw'] }, 'when-asked'],
    ['a gateway here that is attached to', { url: 'ws://127.0.0.1:18789/' }, 'when-asked'],
    ['the same by its other names', { url: 'ws://[::1]:18789/' }, 'when-asked'],
    ['one elsewhere', { url: 'wss://gateway.example/' }, 'always'],
    ['one elsewhere that only looks near', { url: 'wss://127.0.0.1.example/' }, 'always'],
    [
      'one elsewhere, as the user says',
      { url: 'wss://gateway.example/', auth: { device: 'when-asked' } },
      'when-asked',
    ],
    ['any, where the user says so', { command: ['gw'], auth: { device: 'always' } }, 'always'],
  ])('%s is met as a device: %j %s', async (_, settings, useDevice) => {
    expect(await buildLaunch({}, settings, ports)).toMatchObject({ ok: true, target: { auth: { device, useDevice } } });
  });

  it('the device key is withheld when the settings forbid it or the dialect has no devices', async () => {
    const forbidden = await buildLaunch({ command: ['gw'] }, { auth: { device: 'never' } }, ports);
    expect(forbidden).not.toHaveProperty('target.auth.device');
    expect(await buildLaunch({ gateway: 'builtin' }, {}, ports)).not.toHaveProperty('target.auth.device');
  });
});

describe('the plan of an OpenClaw', () => {
  const plan: OpenClawPlan = {
    dialect: 'openclaw',
    command: ['/node', '/openclaw.mjs', 'gateway', '--port', '{port}'],
    env: { OPENCLAW_NO_RESPAWN: '1', OPENCLAW_GATEWAY_TOKEN: 'the-secret-value' },
    host: '127.0.0.1',
    port: 19_006,
    portSource: 'default',
    path: '/',
    healthPath: '/healthz',
    probePaths: { startup: '/startupz', readiness: '/readyz' },
    startTimeoutMs: 180_000,
    drainMs: 3_000,
    graceMs: 10_000,
    judgeExit: () => undefined,
    auth: { kind: 'token', token: 'the-secret-value', source: 'its configuration' },
    version: '2026.9.6',
    packageRoot: '/opt/openclaw',
    node: { file: '/node', version: '24.21.0' },
    stateDir: '/state',
    configPath: '/state/openclaw.json',
    certificatePath: undefined,
    configured: true,
  };
  const ports: LaunchDeps = {
    token: undefined,
    device,
    builtin: {
      command: [],
      version: '9.9.9',
      dataFolder: '/',
      token: () => ({ file: '/', secret: { value: '', source: '' } }),
    },
    prepareOpenClaw: () => Promise.resolve({ ok: true, plan }),
    openClawHooks: () => ({
      findStateDirOwner: () => Promise.resolve(undefined),
      repair: () => Promise.resolve({ kind: 'repaired', did: 'mended' }),
      claimRestart: () => Promise.resolve({ accepted: false, detail: 'none' }),
      findCriticalWork: () => Promise.resolve(undefined),
    }),
  };

  async function target(request: StartRequest, settings: Settings) {
    const planned = await buildLaunch(request, settings, ports);
    if (!planned.ok) throw new Error(planned.problem.title);
    return planned.target;
  }

  it('OpenClaw has its own default durations; those of the settings win', async () => {
    expect(await target({}, {})).toMatchObject({ startTimeoutMs: 180_000, drainMs: 3_000, graceMs: 10_000 });
    const settings = { startup: { timeoutMs: 7 }, stop: { drainMs: 0, graceMs: 9 } };
    expect(await target({}, settings)).toMatchObject({ startTimeoutMs: 7, drainMs: 0, graceMs: 9 });
    expect(await target({ timeoutMs: 5 }, settings)).toMatchObject({ startTimeoutMs: 5 });
  });

  it('OpenClaw is told that its supervisor is external, unless the settings say otherwise', async () => {
    expect((await target({}, {})).env).toMatchObject({ OPENCLAW_NO_RESPAWN: '1' });
    const env = { OPENCLAW_NO_RESPAWN: '', OPENCLAW_GATEWAY_TOKEN: 'b', MINE: 'c' };
    expect((await target({}, { env })).env).toEqual({ ...env, OPENCLAW_GATEWAY_TOKEN: 'the-secret-value' });
  });

  it('OpenClaw may hand its restarts over, whatever the settings say of repairs', async () => {
    expect(await target({}, { repair: false })).toHaveProperty('claimRestart');
    expect(await target({}, { repair: false })).toHaveProperty('findCriticalWork');
  });

  it('OpenClaw may repair its configuration unless the settings forbid it', async () => {
    expect(await target({}, {})).toHaveProperty('repair');
    expect(await target({}, { repair: true })).toHaveProperty('repair');
    expect(await target({}, { repair: false })).not.toHaveProperty('repair');
  });

  it('aborts what works still before it is stopped, and says how much that was', async () => {
    const { drainHook } = await target({}, {});
    const sessions = ['a', 'b'].map((key) => ({ key, hasActiveRun: true }));
    const busy = (method: string) => Promise.resolve(method === 'sessions.list' ? { sessions } : { runIds: ['r'] });
    expect(await drainHook?.(busy, 3_000)).toMatch(/^2 runs /);
    expect(await drainHook?.(() => Promise.resolve({ sessions: [] }), 3_000)).toBeUndefined();
  });
});
