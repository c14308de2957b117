import { describeProblem } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import type { GatewayTarget } from '../../src/manager/gateway-target.ts';
import type { GatewayManagerOptions } from '../../src/manager/options.ts';
import { nodeManagerPorts } from '../../src/manager/ports.ts';
import { targetFromOptions, targetUrl, toLaunchPlan } from '../../src/manager/target.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { nodeClock, nodeRandom } from '../../src/ports/node/node-clock.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

const defaults: GatewayTarget = {
  mode: 'auto',
  command: ['openclaw', 'gateway', 'run', '--port', '{port}', '--bind', 'loopback'],
  env: {},
  host: '127.0.0.1',
  port: 18_789,
  path: '/ws',
  healthPath: '/health',
  dialect: 'auto',
  startTimeoutMs: 120_000,
  drainMs: 0,
  graceMs: 5_000,
  lifeline: false,
  trust: { users: [], unknown: false },
};

describe('targetFromOptions', () => {
  test('targetFromOptions without options runs OpenClaw on its own port', () => {
    expect(targetFromOptions({})).toStrictEqual(defaults);
    expect(targetFromOptions({ startup: {}, stop: {} })).toStrictEqual(defaults);
  });

  test.each<[GatewayManagerOptions, Partial<GatewayTarget>]>([
    [{ mode: 'attach' }, { mode: 'attach' }],
    [{ command: ['a', 'b'] }, { command: ['a', 'b'] }],
    [{ env: { A: '1' } }, { env: { A: '1' } }],
    [{ cwd: '/srv' }, { cwd: '/srv' }],
    [{ host: '::1' }, { host: '::1' }],
    [{ port: 0 }, { port: 0 }],
    [{ url: 'wss://far/ws' }, { url: 'wss://far/ws' }],
    [{ path: '/' }, { path: '/' }],
    [{ healthPath: '/live' }, { healthPath: '/live' }],
    [{ dialect: 'openclaw' }, { dialect: 'openclaw' }],
    [{ auth: { token: 'T' } }, { auth: { token: 'T' } }],
    [{ startup: { timeoutMs: 0 } }, { startTimeoutMs: 0 }],
    [{ stop: { drainMs: 7 } }, { drainMs: 7 }],
    [{ stop: { graceMs: 0 } }, { graceMs: 0 }],
    [{ lifeline: true }, { lifeline: true }],
    [{ inheritEnv: false }, {}],
    [{ inheritEnv: true }, { inheritEnv: ['*'] }],
    [{ inheritEnv: ['OPENAI_*'] }, { inheritEnv: ['OPENAI_*'] }],
    [{ trustUsers: ['guest', 1002] }, { trust: { users: ['guest', '1002'], unknown: false } }],
    [{ trustUnknownPeers: true }, { trust: { users: [], unknown: true } }],
  ])('targetFromOptions takes over %j and leaves the rest as it is', (options, change) => {
    expect(targetFromOptions(options)).toStrictEqual({ ...defaults, ...change });
  });
});

describe('toLaunchPlan', () => {
  const plan = {
    command: defaults.command,
    env: {},
    host: '127.0.0.1',
    port: 5,
    lifeline: false,
    trust: { users: [], unknown: false },
    startup: { timeoutMs: 120_000 },
    stop: { drainMs: 0, graceMs: 5_000 },
  };
  const judgeExit = () => undefined;
  const repair = async () => ({ kind: 'repaired', did: 'x' }) as const;

  test('toLaunchPlan runs the target on the port that was found for it', () => {
    expect(toLaunchPlan(defaults, 5, undefined)).toStrictEqual(plan);
    expect(toLaunchPlan(defaults, 5, { maxCrashes: 1 })).toStrictEqual({ ...plan, crash: { maxCrashes: 1 } });
  });

  test.each<Partial<GatewayTarget>>([
    { cwd: '/srv' },
    { defaultCwd: '/home/me' },
    { judgeExit },
    { repair },
    { lifeline: true },
  ])('toLaunchPlan takes over %j', (change) => {
    expect(toLaunchPlan({ ...defaults, ...change }, 5, undefined)).toStrictEqual({ ...plan, ...change });
  });

  test('toLaunchPlan passes on the names of our environment', () => {
    const target = { ...defaults, inheritEnv: ['OPENAI_*'] };
    expect(toLaunchPlan(target, 5, undefined)).toStrictEqual({ ...plan, inherit: ['OPENAI_*'] });
  });

  test('toLaunchPlan asks before the spawn who owns the state directory', async () => {
    const problem = describeProblem('internal', { detail: 'x' }, 0);
    for (const owner of [undefined, { problem }, { port: 7, problem }]) {
      const { prepare } = toLaunchPlan({ ...defaults, findStateDirOwner: async () => owner }, 5, undefined);
      expect(await prepare?.(AbortSignal.abort())).toBe(owner?.problem);
    }
  });
});

test.each<[Partial<GatewayTarget>, string]>([
  [{}, 'ws://127.0.0.1:5/ws'],
  [{ host: '::1' }, 'ws://[::1]:5/ws'],
  [{ host: '[::1]' }, 'ws://[::1]:5/ws'],
  [{ path: 'live' }, 'ws://127.0.0.1:5/live'],
  [{ url: 'wss://far/x' }, 'wss://far/x'],
])('a target with %j is reached at %s', (change, url) => {
  expect(targetUrl({ ...defaults, ...change }, 5)).toBe(url);
});

describe('nodeManagerPorts', () => {
  test('nodeManagerPorts are those of this machine', () => {
    const ports = nodeManagerPorts({});
    expect([ports.clock, ports.random, ports.logger]).toEqual([nodeClock, nodeRandom, silentLogger]);
    expect(ports.host).toStrictEqual({
      ...(process.platform === 'linux' ? { maxDescriptors: expect.any(Number) } : {}),
      identity: expect.objectContaining({ pid: process.pid }),
      env: process.env,
      platform: process.platform,
      cwd: process.cwd(),
    });
    for (const name of ['redact', 'records', 'bootTimes']) expect(ports).not.toHaveProperty(name);
    expect(ports.spawner.inherit).toBeUndefined();
  });

  test('nodeManagerPorts take over what the options replace', () => {
    const clock = new SimulatedClock();
    const random = new SeededRandom(1);
    const redact = (text: string) => text;
    const logger = { log: () => undefined };
    expect(nodeManagerPorts({ clock, random, logger, redact })).toMatchObject({ clock, random, logger, redact });
    expect(nodeManagerPorts({ ownershipFile: '/nowhere/a' }).records).toBeDefined();
    expect(nodeManagerPorts({ bootTimesFile: '/nowhere/b' }).bootTimes).toBeDefined();
    expect(nodeManagerPorts({ inheritsPipes: true }).spawner.inherit).toBeDefined();
  });
});
