import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlClient } from '@deskclaw/core';
import type { GatewayStatus, RecoveryStatus } from '@deskclaw/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatewayFile } from '../../../core/test/manager/builtin.ts';
import { type Host, startHost } from '../../src/host/host.ts';
import { resolvePaths } from '../../src/profile/paths.ts';
import { type StandIn, standInOpenClaw } from '../host/stand-in-openclaw.ts';

const good = '{ "gateway": { "mode": "local" } }';
const crashing = '{ "gateway": { "mode": "local" }, "agents": { "crashes": 1 } }';
const withChannels = '{ "gateway": { "mode": "local" }, "channels": { "telegram": {} } }';
const start = { gateway: 'openclaw', port: 0 } as const;

let root: string;
const hosts: Host[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'deskclaw-recovery-'));
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.shutdown({ force: true })));
  rmSync(root, { recursive: true, force: true });
});

async function shellOf({ env }: StandIn, recovery: object = {}): Promise<ControlClient> {
  const own = { ...env, DESKCLAW_HOME: join(root, 'deskclaw'), HOME: root, PATH: process.env['PATH'] ?? '' };
  const paths = resolvePaths({ name: 'test', env: own });
  mkdirSync(join(root, 'deskclaw', 'config'), { recursive: true });
  writeFileSync(paths.config, JSON.stringify({ recovery: { stableMs: 200, ...recovery }, crash: { maxCrashes: 1 } }));
  const host = await startHost({
    profile: 'test',
    env: own,
    kind: 'foreground',
    version: '9.9.9',
    builtinGateway: { file: gatewayFile },
  });
  hosts.push(host);
  const shell = host.client();
  await shell.subscribe(['gateway.status']);
  return shell;
}

/** Resolves with the first status from now on that fits. */
function until(shell: ControlClient, fits: (status: GatewayStatus) => boolean): Promise<GatewayStatus> {
  return new Promise((resolve) => {
    const off = shell.on('gateway.status', (status) => {
      if (!fits(status)) return;
      off();
      resolve(status);
    });
    void shell.call('gateway.status').then((status) => {
      if (fits(status)) resolve(status);
    });
  });
}

const proven = (shell: ControlClient) =>
  until(shell, ({ state, recovery }) => state === 'running' && recovery?.state !== 'trial');
const inState = (shell: ControlClient, state: RecoveryStatus['state']) =>
  until(shell, ({ recovery }) => recovery?.state === state);

const LONG = { timeout: 60_000 };

describe('the last configuration that worked', LONG, () => {
  it('a start that crashes with a new configuration puts the old one back, keeps the new one and says so', async () => {
    const standIn = standInOpenClaw(root, good);
    const shell = await shellOf(standIn);
    await shell.call('gateway.start', start);
    await proven(shell);
    await shell.call('gateway.stop');
    writeFileSync(standIn.configPath, crashing);
    const { repaired } = await shell.call('gateway.start', start);
    expect(repaired).toMatch(/put the configuration back that worked on .* kept at .*\. They differ in: agents\./);
    expect(readFileSync(standIn.configPath, 'utf8')).toBe(good);
    const [rejected = ''] = readdirSync(standIn.stateDir).filter((name) => name.includes('.rejected-'));
    expect(readFileSync(join(standIn.stateDir, rejected), 'utf8')).toBe(crashing);
    const { recovery } = await inState(shell, 'recovered');
    expect(recovery?.message).toBe(repaired);
    const { records } = await shell.call('timeline.query', { categories: ['recovery'] });
    expect(records.map(({ what }) => what)).toEqual(['step', 'proven']);
    expect(records[0]).toMatchObject({ cause: expect.stringContaining('Crashed: it was told to') });
    await shell.call('gateway.restart');
    expect((await shell.call('gateway.status')).recovery?.state).not.toBe('recovered');
  });

  it('a running gateway that crashes after a change by hand comes back by itself, with the old configuration', async () => {
    const standIn = standInOpenClaw(root, good);
    const shell = await shellOf(standIn);
    const { pid } = await shell.call('gateway.start', start);
    await proven(shell);
    writeFileSync(standIn.configPath, crashing);
    if (pid === undefined) throw new Error('no process');
    const back = inState(shell, 'recovered');
    process.kill(pid, 'SIGKILL');
    expect(await back).toMatchObject({ state: 'running' });
    expect(readFileSync(standIn.configPath, 'utf8')).toBe(good);
  });

  it('a configuration that is half written is put back too, and never kept as good', async () => {
    const standIn = standInOpenClaw(root, good);
    const shell = await shellOf(standIn);
    await shell.call('gateway.start', start);
    await proven(shell);
    await shell.call('gateway.stop');
    writeFileSync(standIn.configPath, '{ "gateway": { "mode": ');
    const { repaired } = await shell.call('gateway.start', start);
    expect(repaired).toContain('The other one is not complete.');
    expect(readFileSync(standIn.configPath, 'utf8')).toBe(good);
  });

  it('a configuration that cannot be read is left where it is', async () => {
    const standIn = standInOpenClaw(root, good);
    const shell = await shellOf(standIn);
    await shell.call('gateway.start', start);
    await proven(shell);
    await shell.call('gateway.stop');
    rmSync(standIn.configPath);
    mkdirSync(standIn.configPath);
    await expect(shell.call('gateway.start', start)).rejects.toMatchObject({ code: 'config.invalid' });
    expect(statSync(standIn.configPath).isDirectory()).toBe(true);
    const { records } = await shell.call('timeline.query', { categories: ['recovery'] });
    expect(records.filter(({ what }) => what === 'step')).toEqual([]);
  });

  it('a fault in the settings of DeskClaw does not put the configuration of OpenClaw back', async () => {
    const standIn = standInOpenClaw(root, good);
    const shell = await shellOf(standIn);
    await shell.call('gateway.start', start);
    await proven(shell);
    await shell.call('gateway.stop');
    writeFileSync(standIn.configPath, withChannels);
    writeFileSync(join(root, 'deskclaw', 'config', 'config.json'), '{ "port": ');
    await expect(shell.call('gateway.start', start)).rejects.toMatchObject({ code: 'config.invalid' });
    expect(readFileSync(standIn.configPath, 'utf8')).toBe(withChannels);
  });

  it('a step that needs consent waits for it, across hosts, and is then taken', async () => {
    const standIn = standInOpenClaw(root, good);
    const shell = await shellOf(standIn, { configuration: 'ask' });
    await shell.call('gateway.start', start);
    await proven(shell);
    await shell.call('gateway.stop');
    writeFileSync(standIn.configPath, crashing);
    await expect(shell.call('gateway.start', start)).rejects.toMatchObject({ code: 'gateway.exited' });
    expect((await shell.call('gateway.status')).recovery).toMatchObject({ state: 'asking', step: 'configuration' });
    await hosts.pop()?.shutdown();
    const next = await shellOf(standIn, { configuration: 'ask' });
    expect(readFileSync(standIn.configPath, 'utf8')).toBe(crashing);
    expect(await next.call('gateway.recover')).toMatchObject({ taken: true, status: { state: 'running' } });
    expect(readFileSync(standIn.configPath, 'utf8')).toBe(good);
  });

  it('a forbidden step leaves the configuration alone', async () => {
    const standIn = standInOpenClaw(root, good);
    const shell = await shellOf(standIn, { configuration: 'never' });
    await shell.call('gateway.start', start);
    await proven(shell);
    await shell.call('gateway.stop');
    writeFileSync(standIn.configPath, crashing);
    await expect(shell.call('gateway.start', start)).rejects.toMatchObject({ code: 'gateway.exited' });
    expect(readFileSync(standIn.configPath, 'utf8')).toBe(crashing);
  });
});

describe('a start without channels', LONG, () => {
  it('a gateway whose channels break runs without them until they are switched on again', async () => {
    const standIn = standInOpenClaw(root, withChannels);
    const shell = await shellOf(standIn);
    const { repaired } = await shell.call('gateway.start', start);
    const next = 'deskclaw --profile test recover --channels-on';
    expect(repaired).toContain(`without its channels. To switch them on again: ${next}`);
    const { recovery } = await shell.call('gateway.status');
    expect(recovery).toMatchObject({ channelsOff: true, message: expect.stringContaining(next) });
    await shell.call('gateway.stop');
    await shell.call('gateway.start', start);
    expect(await shell.call('gateway.status')).toMatchObject({ state: 'running', recovery: { channelsOff: true } });
    writeFileSync(standIn.configPath, good);
    expect(await shell.call('gateway.recover', { channels: 'on' })).toMatchObject({ taken: true });
    expect((await shell.call('gateway.status')).recovery?.channelsOff).toBeUndefined();
    expect(await shell.call('gateway.recover', { channels: 'on' })).toMatchObject({ taken: false });
  });
});

describe('a version on trial', LONG, () => {
  it('an upgrade from before there was a ladder is not on trial', async () => {
    const standIn = standInOpenClaw(root, good);
    const paths = resolvePaths({
      name: 'test',
      env: { ...standIn.env, DESKCLAW_HOME: join(root, 'deskclaw'), HOME: root },
    });
    mkdirSync(paths.state, { recursive: true, mode: 0o700 });
    const record = { from: '2026.5.28', to: '2026.9.6', at: 1_750_000_000_000 };
    writeFileSync(paths.upgrade, JSON.stringify(record), { mode: 0o600 });
    const shell = await shellOf(standIn);
    expect(JSON.parse(readFileSync(paths.recovery, 'utf8'))).toMatchObject({ provenUpgrade: record.at });
    await shell.call('gateway.start', start);
    expect((await proven(shell)).recovery).toBeUndefined();
    expect(readFileSync(paths.upgrade, 'utf8')).toBe(JSON.stringify(record));
  });
});

describe('a gateway that no step helps', LONG, () => {
  it('a first start that crashes fails as before, with nothing changed', async () => {
    const standIn = standInOpenClaw(root, crashing);
    const shell = await shellOf(standIn);
    await expect(shell.call('gateway.start', start)).rejects.toMatchObject({ code: 'gateway.exited' });
    const { state, recovery } = await shell.call('gateway.status');
    expect({ state, recovery }).toEqual({ state: 'error', recovery: undefined });
    expect(readFileSync(standIn.configPath, 'utf8')).toBe(crashing);
  });
});
