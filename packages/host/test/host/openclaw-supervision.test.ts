import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlClient, GatewayError } from '@deskclaw/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foreignGateway, freePort, gatewayFile, lives } from '../../../core/test/manager/builtin.ts';
import { type Host, startHost } from '../../src/host/host.ts';
import { resolvePaths } from '../../src/profile/paths.ts';
import { type StandIn, standInOpenClaw } from './stand-in-openclaw.ts';

const good = '{ "gateway": { "mode": "local" } }';
const bad = '{ "gateway": { "mode": "local", "bogus": 1 } }';

let root: string;
const hosts: Host[] = [];
const strangers: Awaited<ReturnType<typeof foreignGateway>>[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'deskclaw-supervision-'));
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.shutdown({ force: true })));
  await Promise.all(strangers.splice(0).map((stranger) => stranger.end()));
  rmSync(root, { recursive: true, force: true });
});

async function shellOf({ env }: StandIn, settings: object = {}): Promise<ControlClient> {
  const own = { ...env, DESKCLAW_HOME: join(root, 'deskclaw'), HOME: root, PATH: process.env['PATH'] ?? '' };
  const paths = resolvePaths({ name: 'test', env: own });
  mkdirSync(join(root, 'deskclaw', 'config'), { recursive: true });
  writeFileSync(paths.config, JSON.stringify(settings));
  const host = await startHost({
    profile: 'test',
    env: own,
    kind: 'foreground',
    version: '9.9.9',
    builtinGateway: { file: gatewayFile },
  });
  hosts.push(host);
  return host.client();
}

const start = { gateway: 'openclaw', port: 0 } as const;

async function failure(promise: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GatewayError) return error;
  throw new Error(`expected a GatewayError, got ${String(error)}`);
}

describe('a configuration that OpenClaw refuses', () => {
  const backups = () => join(root, 'deskclaw', 'state', 'test', 'backups');

  it('a refused configuration is backed up and repaired once, and the start goes on', async () => {
    const shell = await shellOf(standInOpenClaw(root, bad));
    await shell.call('gateway.start', start);
    expect(await shell.call('gateway.status')).toMatchObject({ state: 'running', dialect: 'openclaw' });
    const [copy = ''] = readdirSync(backups());
    expect(readFileSync(join(backups(), copy), 'utf8')).toBe(bad);
    const { records } = await shell.call('logs.query');
    expect(records.some(({ text }) => text.includes('its own repair is run once'))).toBe(true);
  });

  it('a configuration that stays invalid after the repair is explained, with the path of the backup', async () => {
    const shell = await shellOf(standInOpenClaw(root, bad, 'useless'));
    const { problem } = await failure(shell.call('gateway.start', start));
    expect(problem).toMatchObject({ code: 'gateway.exited' });
    expect(problem.detail).toMatch(/Invalid config: bogus/);
    expect(problem.detail).toMatch(/doctor --fix" had repaired/);
    expect(problem.detail).toContain(backups());
    expect(readdirSync(backups())).toHaveLength(1);
  });

  it('a failed repair is not tried again', async () => {
    const shell = await shellOf(standInOpenClaw(root, bad, 'fails'));
    const { problem } = await failure(shell.call('gateway.start', start));
    expect(problem).toMatchObject({ code: 'config.invalid' });
    expect(problem.detail).toContain(backups());
    const { records } = await shell.call('timeline.query');
    expect(records.filter(({ what }) => what === 'spawned')).toHaveLength(1);
  });

  it('a refused configuration stays untouched when the settings forbid the repair', async () => {
    const standIn = standInOpenClaw(root, bad);
    const shell = await shellOf(standIn, { repair: false });
    expect((await failure(shell.call('gateway.start', start))).problem.detail).not.toMatch(/doctor/);
    expect(readFileSync(standIn.configPath, 'utf8')).toBe(bad);
  });

  it('a stop during the repair takes effect at once', async () => {
    const shell = await shellOf(standInOpenClaw(root, bad, 'hangs'));
    await shell.subscribe(['log']);
    const repairing = new Promise<void>((resolve) => {
      shell.on('log', ({ text }) => {
        if (text.includes('its own repair is run once')) resolve();
      });
    });
    const starting = failure(shell.call('gateway.start', start));
    await repairing;
    await shell.call('gateway.stop');
    expect((await starting).code).toBe('aborted');
    expect(await shell.call('gateway.status')).toMatchObject({ state: 'stopped' });
  });
});

describe('a restart by a fresh process', () => {
  async function restarted(
    answer: string,
  ): Promise<{ readonly shell: ControlClient; readonly pid: number | undefined }> {
    const standIn = standInOpenClaw(root, good);
    const shell = await shellOf({ ...standIn, env: { ...standIn.env, OPENCLAW_TEST_RESTART: answer } });
    await shell.subscribe(['gateway.status']);
    const phases: string[] = [];
    const { pid } = await shell.call('gateway.start', start);
    await new Promise<void>((resolve) => {
      shell.on('gateway.status', (status) => {
        phases.push(status.phase);
        if (status.state === 'running' && status.pid !== pid) resolve();
      });
    });
    expect(phases).toContain('restarting');
    return { shell, pid };
  }

  it('a handoff that OpenClaw left is consumed: another process runs, and it is told as a restart', async () => {
    const { shell, pid } = await restarted('accepted');
    expect(await shell.call('gateway.status')).toMatchObject({ restarts: 1, lastExit: { code: 0, cause: 'clean' } });
    const { records } = await shell.call('timeline.query');
    const happened = records.filter(({ category }) => category === 'process').map(({ what }) => what);
    expect(happened).toEqual(
      expect.arrayContaining(['restarting-itself', 'exit', 'restart-accepted', 'spawned', 'running']),
    );
    expect(records.find(({ what }) => what === 'restarting-itself')).toMatchObject({ data: { pid } });
    expect(records.find(({ what }) => what === 'restart-accepted')?.cause).toContain('gateway.restart');
  });

  it.each(['none', 'rejected', 'unknown'])(
    'a handoff answered with "%s" leaves nobody without a gateway',
    async (answer) => {
      const { shell } = await restarted(answer);
      const { records } = await shell.call('timeline.query');
      expect(records.map(({ what }) => what)).toContain('restart-not-accepted');
    },
  );
});

describe('a state folder that another gateway holds', () => {
  const user = process.getuid?.();
  const folder = user === undefined ? 'openclaw' : `openclaw-${String(user)}`;

  /** Lock file of each generation. */
  const generations = [
    {
      generation: '2026.2 and 2026.5: in the common temporary folder',
      place: ({ temporary }: StandIn) => join(temporary, folder, 'gateway.1a2b3c4d.lock'),
      lock: ({ configPath }: StandIn, pid: number) => ({ pid, createdAt: 'x', configPath }),
    },
    {
      generation: '2026.9: in the state folder, with its port',
      place: ({ stateDir }: StandIn) => join(stateDir, 'tmp', folder, 'gateway.state.lock'),
      lock: ({ configPath, stateDir }: StandIn, pid: number, port: number) => ({
        pid,
        ownerId: 'o',
        port,
        configPath,
        stateDir,
      }),
    },
  ];

  async function held(
    standIn: StandIn,
    { place, lock }: (typeof generations)[number],
  ): Promise<{ readonly pid: number; readonly port: number }> {
    const port = await freePort();
    const stranger = await foreignGateway(port, '--dialect', 'openclaw');
    strangers.push(stranger);
    mkdirSync(join(place(standIn), '..'), { recursive: true });
    writeFileSync(place(standIn), JSON.stringify(lock(standIn, stranger.pid, port)));
    return { pid: stranger.pid, port };
  }

  it.each(generations)('$generation: is attached to, wherever it listens', async (generation) => {
    const standIn = standInOpenClaw(root, good);
    const { pid, port } = await held(standIn, generation);
    const shell = await shellOf(standIn);
    await shell.call('gateway.start', start);
    expect(await shell.call('gateway.status')).toMatchObject({ state: 'running', ownership: 'attached', port });
    await shell.call('gateway.stop');
    expect(lives(pid)).toBe(true);
  });

  it.each(generations)('$generation: is never started beside, nor signalled', async (generation) => {
    const standIn = standInOpenClaw(root, good);
    const { pid, port } = await held(standIn, generation);
    const shell = await shellOf(standIn, { mode: 'supervise' });
    const { problem } = await failure(shell.call('gateway.start', start));
    expect(problem).toMatchObject({ code: 'state.locked' });
    expect(problem.detail).toContain(`pid ${String(pid)}`);
    expect(problem.detail).toContain(`port ${String(port)}`);
    expect(lives(pid)).toBe(true);
  });

  it('a holder of the state that is no gateway is reported and not attached to', async () => {
    const standIn = standInOpenClaw(root, good);
    const { stateDir, configPath } = standIn;
    mkdirSync(join(stateDir, 'tmp', folder), { recursive: true });
    const lock = { pid: process.pid, role: 'sqlite-maintenance', configPath, stateDir };
    writeFileSync(join(stateDir, 'tmp', folder, 'gateway.state.lock'), JSON.stringify(lock));
    const shell = await shellOf(standIn);
    const { problem } = await failure(shell.call('gateway.start', start));
    expect(problem).toMatchObject({ code: 'state.locked' });
    expect(problem.detail).toContain('sqlite-maintenance');
  });

  it('our own gateway, running or just ended, does not count as another holder of the state', async () => {
    const standIn = standInOpenClaw(root, good);
    const shell = await shellOf(standIn);
    const { pid = 0 } = await shell.call('gateway.start', start);
    const { place, lock } = generations[1] ?? expect.unreachable();
    mkdirSync(join(place(standIn), '..'), { recursive: true });
    writeFileSync(place(standIn), JSON.stringify(lock(standIn, pid, 1)));
    expect(await shell.call('gateway.start')).toMatchObject({ outcome: 'joined', pid });
    const again = await shell.call('gateway.restart');
    expect(again).toMatchObject({ outcome: 'applied', previousPid: pid });
    writeFileSync(place(standIn), JSON.stringify(lock(standIn, again.pid ?? 0, 1)));
    await shell.subscribe(['gateway.status']);
    const back = new Promise<void>((resolve) => {
      shell.on('gateway.status', (status) => {
        if (status.state === 'running' && status.pid !== again.pid) resolve();
      });
    });
    process.kill(again.pid ?? 0, 'SIGKILL');
    await back;
    expect(await shell.call('gateway.status')).toMatchObject({ ownership: 'owned', restarts: 1 });
  });
});
